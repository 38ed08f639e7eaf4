-- What happened, for push.

grant select, insert, delete on private.events to app_definer;
grant select on private.workers, public.capsules to app_definer;

-- NOTIFY is a hint that carries no row: "ended <job id>" wakes long polls before the event's turn comes, 'events' wakes the reader.
create function private.tell_job() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.events (topic, name, team_id, row_id) values ('jobs', coalesce(tg_argv[0], 'job.' || new.status), new.team_id, new.id);
  if new.status = 'pending' then
    perform pg_notify('quapsule_jobs', 'pending');
  elsif new.status in ('completed', 'failed', 'cancelled') then
    perform pg_notify('quapsule_events', 'ended ' || new.id);
  end if;
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_job() is 'An event for each state that a job takes, or named as the trigger says.';
alter function private.tell_job() owner to app_definer;

create trigger job_runs_tell_new after insert on public.job_runs
  for each row execute function private.tell_job();
create trigger job_runs_tell after update of status on public.job_runs
  for each row when (old.status is distinct from new.status) execute function private.tell_job();
create trigger job_runs_tell_workflow after update of workflow_metadata on public.job_runs
  for each row when (old.status = new.status and old.workflow_metadata is distinct from new.workflow_metadata)
  execute function private.tell_job('job.changed');

create function private.tell_script() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name text := 'script.changed';
begin
  if tg_op = 'INSERT' then
    v_name := 'script.created';
  elsif old.is_active and not new.is_active then
    v_name := 'script.deleted';
  elsif new.is_public and old.is_public is not true then
    v_name := 'script.published';
  end if;
  insert into private.events (topic, name, team_id, row_id) values ('scripts', v_name, new.team_id, new.id);
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_script() is 'An event for each change of a script.';
alter function private.tell_script() owner to app_definer;

create trigger scripts_tell after insert or update on public.scripts
  for each row execute function private.tell_script();

create function private.tell_backend() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.events (topic, name, row_id)
  select 'backends', case when tg_table_name = 'backend_lifecycle' then 'backend.retired' else 'backend.changed' end, b.id
    from public.backends as b where b.slug = new.slug;
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_backend() is 'An event for each change of a backend.';
alter function private.tell_backend() owner to app_definer;

create trigger backends_tell after insert or update on public.backends
  for each row execute function private.tell_backend();
create trigger backend_lifecycle_tell after insert or update on public.backend_lifecycle
  for each row execute function private.tell_backend();

create function private.tell_capsule() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name text := 'capsule.changed';
begin
  if tg_op = 'INSERT' then
    v_name := 'capsule.created';
  elsif tg_op = 'DELETE' then
    v_name := 'capsule.deleted';
  elsif new.lifecycle_state in ('sealed', 'archived') and old.lifecycle_state is distinct from new.lifecycle_state then
    v_name := 'capsule.' || new.lifecycle_state;
  end if;
  insert into private.events (topic, name, team_id, row_id)
  values ('capsules', v_name, case tg_op when 'DELETE' then old.team_id else new.team_id end, case tg_op when 'DELETE' then old.id else new.id end);
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_capsule() is 'An event for each change of a capsule.';
alter function private.tell_capsule() owner to app_definer;

create trigger capsules_tell after insert or delete on public.capsules
  for each row execute function private.tell_capsule();
create trigger capsules_tell_change after update on public.capsules
  for each row when (to_jsonb(old) - 'updated_at' is distinct from to_jsonb(new) - 'updated_at') execute function private.tell_capsule();

create function private.tell_about_capsule() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.events (topic, name, team_id, row_id)
  select 'capsules', case tg_table_name when 'seal_requests' then 'capsule.seal_refused' else 'capsule.changed' end, c.team_id, c.id
    from public.capsules as c where c.id = new.capsule_id;
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_about_capsule() is 'An event when a sealed capsule got a signature, a timestamp or a DOI, or when what was asked for a capsule was refused.';
alter function private.tell_about_capsule() owner to app_definer;

create trigger seal_requests_tell after update of done_at on public.seal_requests
  for each row when (old.done_at is null and new.done_at is not null and new.problem is not null) execute function private.tell_about_capsule();
create trigger capsule_signatures_tell after insert on public.capsule_signatures
  for each row when (new.meaning <> 'seal') execute function private.tell_about_capsule();
create trigger capsule_timestamps_tell after insert on public.capsule_timestamps
  for each row execute function private.tell_about_capsule();
create trigger capsule_dois_tell after insert on public.capsule_dois
  for each row execute function private.tell_about_capsule();

create function private.tell_artifacts() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.events (topic, name, team_id, row_id)
  select 'capsules', 'capsule.changed', c.team_id, c.id
    from public.capsules as c where c.lifecycle_state = 'draft' and c.id in (select a.capsule_id from touched as a);
  if found then
    perform pg_notify('quapsule_events', 'events');
  end if;
  return null;
end
$$;
comment on function private.tell_artifacts() is 'One event for each draft whose files a statement added or removed.';
alter function private.tell_artifacts() owner to app_definer;

create trigger capsule_artifacts_tell_new after insert on public.capsule_artifacts
  referencing new table as touched for each statement execute function private.tell_artifacts();
create trigger capsule_artifacts_tell_gone after delete on public.capsule_artifacts
  referencing old table as touched for each statement execute function private.tell_artifacts();

-- Not pushed to anybody: the hub learns that a person's teams are others now.
create function private.tell_membership() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.events (topic, name, team_id, row_id)
  values ('memberships', 'membership.changed', coalesce(new.team_id, old.team_id), coalesce(new.user_id, old.user_id));
  perform pg_notify('quapsule_events', 'events');
  return null;
end
$$;
comment on function private.tell_membership() is 'An event for each change of a membership, for the hub alone.';
alter function private.tell_membership() owner to app_definer;

create trigger team_members_tell after insert or delete on public.team_members
  for each row execute function private.tell_membership();

-- Sequence numbers commit out of order. Below the oldest running transaction nothing can appear any more, so (xid, seq) is a safe cursor there.
create function private.events_after(p_xid xid8, p_seq bigint, p_limit integer)
returns table (xid xid8, seq bigint, topic text, name text, team_id uuid, row_id uuid)
language sql stable security definer set search_path = '' as $$
  select e.xid, e.seq, e.topic, e.name, e.team_id, e.row_id
    from private.events as e
   where (e.xid, e.seq) > (p_xid, p_seq) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
   order by e.xid, e.seq limit p_limit
$$;
comment on function private.events_after(xid8, bigint, integer) is 'Events of all teams after a position, in an order that nothing can enter later.';
alter function private.events_after(xid8, bigint, integer) owner to app_definer;
grant execute on function private.events_after(xid8, bigint, integer) to api_login;

create function private.events_held() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from private.events as e where e.xid >= pg_snapshot_xmin(pg_current_snapshot()))
$$;
comment on function private.events_held() is 'Whether committed events wait for an older transaction to end.';
alter function private.events_held() owner to app_definer;
grant execute on function private.events_held() to api_login;

create function private.my_events_after(p_xid xid8, p_seq bigint, p_limit integer)
returns table (xid xid8, seq bigint, topic text, name text, team_id uuid, row_id uuid)
language sql stable security definer set search_path = '' as $$
  select e.xid, e.seq, e.topic, e.name, e.team_id, e.row_id
    from private.events as e
   where (e.xid, e.seq) > (p_xid, p_seq) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
     and (e.team_id is null or e.team_id = any ((select private.my_teams())::uuid[])) and e.topic <> 'memberships'
   order by e.xid, e.seq limit p_limit
$$;
comment on function private.my_events_after(xid8, bigint, integer) is 'Events of the caller''s teams after a position.';
alter function private.my_events_after(xid8, bigint, integer) owner to app_definer;
grant execute on function private.my_events_after(xid8, bigint, integer) to authenticated;

-- Every event after the position is still there when one at or before it is: the oldest go first.
create function private.can_resume(p_xid xid8, p_seq bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select p_xid <= pg_snapshot_xmax(pg_current_snapshot())
     and exists (select 1 from private.events as e where (e.xid, e.seq) <= (p_xid, p_seq))
$$;
comment on function private.can_resume(xid8, bigint) is 'Whether nothing after this position has been forgotten.';
alter function private.can_resume(xid8, bigint) owner to app_definer;
grant execute on function private.can_resume(xid8, bigint) to authenticated;

create function private.forget_events() returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_count bigint;
begin
  delete from private.events as e where e.at < now() - interval '24 hours';
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function private.forget_events() is 'Deletes events older than 24 hours; returns how many.';
alter function private.forget_events() owner to app_definer;
grant execute on function private.forget_events() to api_login;

create function private.workers_alive() returns bigint
language sql stable security definer set search_path = '' as $$
  select count(*) from private.workers as w where w.seen_at > now() - interval '60 seconds'
$$;
comment on function private.workers_alive() is 'Workers that gave a sign of life within the last minute.';
alter function private.workers_alive() owner to app_definer;
grant execute on function private.workers_alive() to authenticated, anon;
