-- What is asked of the worker for capsules: a row of seal_requests, made when a job starts and ends, or by people (rules/signing.sql), and taken
-- with a claim that another worker may take over after a minute. The worker's functions get their owner at the end of capsule_worker.sql.

grant select on public.capsules to app_definer;
grant select, insert, update on public.seal_requests to app_definer;

-- Asking ---------------------------------------------------------------------------------------------------------------------------------

create function private.wake_capsule_workers() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('quapsule_capsules', new.kind);
  return null;
end
$$;
comment on function private.wake_capsule_workers() is 'A hint that a capsule waits for a worker.';

create trigger seal_requests_wake after insert or update on public.seal_requests
  for each row when (new.done_at is null and new.claimed_by is null) execute function private.wake_capsule_workers();

-- Asked again while a worker is at it, it is done again: the claim goes, and what was read before the job's end is not the last word.
create function private.ask_to_fill(p_capsule uuid) returns void
language sql volatile set search_path = '' as $$
  insert into public.seal_requests as r (capsule_id, kind) values (p_capsule, 'fill')
  on conflict (capsule_id, kind) where done_at is null and kind <> 'sign'
  do update set requested_at = clock_timestamp(), claimed_by = null, claimed_at = null, attempts = 0
$$;
comment on function private.ask_to_fill(uuid) is 'Asks a worker to fill a capsule with what its job has left so far.';
grant execute on function private.ask_to_fill(uuid) to app_definer;

create function private.fill_capsules_of_job() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.ask_to_fill(c.id) from public.capsules c where c.job_id = new.id and c.lifecycle_state in ('draft', 'runnable');
  return null;
exception when others then -- a job never fails by its capsule
  raise warning 'the capsule of job % is not asked for: %', new.id, sqlerrm;
  return null;
end
$$;
comment on function private.fill_capsules_of_job() is 'When a job starts and when it ends, its capsules are to be filled.';
alter function private.fill_capsules_of_job() owner to app_definer;

create trigger job_runs_fill_capsules after update of status on public.job_runs
  for each row when (new.create_capsule and old.status is distinct from new.status
                     and new.status in ('running', 'completed', 'failed', 'cancelled'))
  execute function private.fill_capsules_of_job();

-- Requests -------------------------------------------------------------------------------------------------------------------------------

create function private.seal_request_rank(p_kind text) returns integer
language sql immutable set search_path = '' as $$
  select array_position(array['fill', 'seal', 'sign', 'stamp'], p_kind)
$$;
comment on function private.seal_request_rank(text) is 'What is done to a capsule first: it is filled, sealed, signed, stamped.';
grant execute on function private.seal_request_rank(text) to app_definer;

create function private.pause_after(p_attempts integer) returns interval
language sql immutable set search_path = '' as $$
  select make_interval(secs => 2 ^ p_attempts)
$$;
comment on function private.pause_after(integer) is 'How long a request that failed so often is left alone.';
grant execute on function private.pause_after(integer) to app_definer;

create function worker.ask_to_fill(p_capsule uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select private.ask_to_fill(p_capsule)
$$;
comment on function worker.ask_to_fill is 'Asks a worker to fill a capsule, before anything else is done to it.';

create function worker.claim_seal_request(p_worker text)
returns table (id uuid, capsule_id uuid, kind text, requested_by uuid, requested_name text, notes text, meaning text,
               requested_at timestamptz, attempts integer)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  v_most constant integer := 5;
  v_lost constant interval := '1 minute';
begin
  update public.seal_requests r
     set done_at = clock_timestamp(), claimed_by = null,
         problem = coalesce(r.problem, jsonb_build_object('code', 'internal_error', 'status', 500, 'message',
                                                          format('Given up: the worker was lost %s times at it.', r.attempts)))
   where r.done_at is null and r.attempts >= v_most and r.claimed_at < clock_timestamp() - v_lost;

  return query
  update public.seal_requests r
     set claimed_by = p_worker, claimed_at = clock_timestamp(), attempts = r.attempts + 1
   where r.id = (
     select o.id from public.seal_requests o
      where o.done_at is null and o.attempts < v_most
        and (o.claimed_at is null
             or o.claimed_at < clock_timestamp() - case when o.claimed_by is null then private.pause_after(o.attempts) else v_lost end)
        and not exists (select 1 from public.seal_requests b
                         where b.capsule_id = o.capsule_id and b.done_at is null
                           and private.seal_request_rank(b.kind) < private.seal_request_rank(o.kind))
      order by o.requested_at, o.id
      limit 1 for update skip locked)
  returning r.id, r.capsule_id, r.kind, r.requested_by, r.requested_name, r.notes, r.meaning, r.requested_at, r.attempts;
end
$$;
comment on function worker.claim_seal_request is
  'Takes the oldest request that is open and not held: not after a failure''s pause, not while its capsule waits to be filled or sealed first.';

create function worker.renew_seal_request(p_request uuid, p_worker text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.seal_requests r set claimed_at = clock_timestamp() where r.id = p_request and r.claimed_by = p_worker and r.done_at is null;
  return found;
end
$$;
comment on function worker.renew_seal_request is 'Keeps a claim whose work takes long; false: it is no longer the worker''s.';

-- Without a problem the request is done. With one it is open again after a pause, unless it is final or was the last attempt.
create function worker.finish_seal_request(p_request uuid, p_worker text, p_problem jsonb default null, p_final boolean default true)
returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.seal_requests r
     set problem = p_problem, claimed_by = null, claimed_at = clock_timestamp(),
         done_at = case when p_problem is null or p_final or r.attempts >= 5 then clock_timestamp() end
   where r.id = p_request and r.claimed_by = p_worker and r.done_at is null;
  return found;
end
$$;
comment on function worker.finish_seal_request is 'How a request ended; false: it is no longer the worker''s, or it was asked anew meanwhile.';

-- What the platform recorded of a job is not a person's to write: a seal says that it came from the job. Its capsule's own transaction may,
-- since the draft that a submit makes holds the script.
create function private.guard_recorded_artifact() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name text := case when tg_op = 'DELETE' then old.name else new.name end;
  v_capsule uuid := case when tg_op = 'DELETE' then old.capsule_id else new.capsule_id end;
begin
  if auth.uid() is not null
     and v_name ~ ('^(workflow/(script\.py|program\.qasm|job\.json|(interchange|executed)-[0-9]+\.[a-z]+|certificates\.json|graph\.json|circuit\.txt)'
                   '|environment/environment\.json|backends/(backend|calibration-[0-9a-f]{8})\.json'
                   '|results/(counts\.json|results\.json|log\.txt)|provenance/(timeline|cost|prov)\.json)$')
     and exists (select 1 from public.capsules c where c.id = v_capsule and c.job_id is not null and c.created_at <> now()) then
    raise sqlstate 'PT409' using message = format('%s is what the platform recorded of the job.', v_name), detail = 'conflict',
      hint = 'Add yours under another name.';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.guard_recorded_artifact() is 'Keeps people from adding, changing or removing the files of a job''s capsule that the platform writes.';
alter function private.guard_recorded_artifact() owner to app_definer;

create trigger capsule_artifacts_recorded before insert or update or delete on public.capsule_artifacts
  for each row execute function private.guard_recorded_artifact();
