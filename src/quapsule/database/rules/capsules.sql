-- Capsules: members read; drafts are written by members of live teams; what is sealed stays as it is, whoever asks.

grant select on public.capsules to rls_definer;

-- A policy of capsules that reads capsules recurses (42P17).
create function private.team_of_capsule(p_capsule uuid) returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return (select c.team_id from public.capsules as c where c.id = p_capsule and c.team_id = any (private.my_teams()));
end
$$;
comment on function private.team_of_capsule(uuid) is 'Team of a capsule that the caller may read, else NULL.';
alter function private.team_of_capsule(uuid) owner to rls_definer;
revoke all on function private.team_of_capsule(uuid) from public;
grant execute on function private.team_of_capsule(uuid) to authenticated;

create policy "members read their teams' capsules" on public.capsules for select to authenticated
  using (team_id = any ((select private.my_teams())::uuid[]));

create policy "members of live teams draft capsules" on public.capsules for insert to authenticated
  with check (
    team_id = any ((select private.my_live_teams())::uuid[])
    and user_id = (select auth.uid())
    and lifecycle_state = 'draft'
    and (job_id is null or exists (
      select 1 from public.job_runs as j where j.id = capsules.job_id and j.team_id = capsules.team_id))
    and (parent_capsule_id is null or team_id = (select private.team_of_capsule(parent_capsule_id)))
  );

create policy "their author, or a leader, edits drafts" on public.capsules for update to authenticated
  using (
    team_id = any ((select private.my_live_teams())::uuid[])
    and lifecycle_state in ('draft', 'runnable')
    and (user_id = (select auth.uid()) or team_id = any ((select private.my_led_teams())::uuid[]))
  );

create policy "their author, or a leader, deletes drafts" on public.capsules for delete to authenticated
  using (
    team_id = any ((select private.my_live_teams())::uuid[])
    and lifecycle_state = 'draft'
    and (user_id = (select auth.uid()) or team_id = any ((select private.my_led_teams())::uuid[]))
  );

grant select, delete on public.capsules to authenticated;
grant insert (team_id, user_id, name, description, job_id, git_sha, git_repo, parent_capsule_id, custom_metadata,
              max_budget_usd, regulatory_framework, retention_years) on public.capsules to authenticated;
grant update (name, description, git_sha, git_repo, custom_metadata, max_budget_usd, regulatory_framework, retention_years)
  on public.capsules to authenticated;

create policy "a capsule's artifacts are read with it" on public.capsule_artifacts for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));

create policy "a draft's artifacts are added by its author or a leader" on public.capsule_artifacts for insert to authenticated
  with check (exists (
    select 1 from public.capsules as c
     where c.id = capsule_id and c.lifecycle_state in ('draft', 'runnable')
       and c.team_id = any ((select private.my_live_teams())::uuid[])
       and (c.user_id = (select auth.uid()) or c.team_id = any ((select private.my_led_teams())::uuid[]))));

create policy "a draft's artifacts are removed by its author or a leader" on public.capsule_artifacts for delete to authenticated
  using (exists (
    select 1 from public.capsules as c
     where c.id = capsule_id and c.lifecycle_state in ('draft', 'runnable')
       and c.team_id = any ((select private.my_live_teams())::uuid[])
       and (c.user_id = (select auth.uid()) or c.team_id = any ((select private.my_led_teams())::uuid[]))));

grant select, delete on public.capsule_artifacts to authenticated;
grant insert (capsule_id, name, artifact_type, content_type, size_bytes, digest, content_text, content_binary)
  on public.capsule_artifacts to authenticated;

create policy "a capsule's task executions are read with it" on public.capsule_task_executions for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));

grant select on public.capsule_task_executions to authenticated;
grant select, update on public.capsules to app_definer;

-- The guard is a trigger, because policies do not bind the owner, service_role or a foreign key's action.
create function private.guard_capsule() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_order constant text[] := array['draft', 'runnable', 'sealed', 'archived'];
  v_pointer text;
  v_old jsonb := to_jsonb(old);
  v_new jsonb;
begin
  if tg_op = 'DELETE' then
    if old.lifecycle_state in ('sealed', 'archived') then
      raise sqlstate 'PT409' using message = 'A sealed capsule cannot be deleted.', detail = 'conflict',
        hint = 'Archive it; it can still be read.';
    end if;
    return old;
  end if;

  if array_position(v_order, new.lifecycle_state) < array_position(v_order, old.lifecycle_state) then
    raise sqlstate 'PT409' using message = format('A capsule that is %s does not become %s.', old.lifecycle_state, new.lifecycle_state),
      detail = 'conflict', hint = 'The order is draft, runnable, sealed, archived.';
  end if;
  if old.lifecycle_state not in ('sealed', 'archived') then
    return new;
  end if;

  v_new := to_jsonb(new) - array['updated_at', 'lifecycle_state'];
  v_old := v_old - array['updated_at', 'lifecycle_state'];
  foreach v_pointer in array array['user_id', 'job_id', 'parent_capsule_id'] loop
    if v_new -> v_pointer = 'null'::jsonb then -- a foreign key's `on delete set null`
      v_new := v_new - v_pointer;
      v_old := v_old - v_pointer;
    end if;
  end loop;
  if v_new is distinct from v_old then
    raise sqlstate 'PT409' using message = 'A sealed capsule cannot be changed.', detail = 'conflict',
      hint = 'Make a new capsule that names this one as its parent.';
  end if;
  return new;
end
$$;
comment on function private.guard_capsule() is
  'Forward only: draft, runnable, sealed, archived. Of a sealed row only that step, updated_at, and pointers to NULL may change.';

create function private.guard_capsule_child() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_capsule uuid;
  v_state text;
begin
  foreach v_capsule in array array_remove(array[
    case when tg_op <> 'INSERT' then old.capsule_id end,
    case when tg_op <> 'DELETE' then new.capsule_id end], null)
  loop
    -- For share: whoever seals holds the row for update, so nothing slips in beside the digest.
    select c.lifecycle_state into v_state from public.capsules as c where c.id = v_capsule for share;
    if v_state in ('sealed', 'archived') then
      raise sqlstate 'PT409' using message = 'The contents of a sealed capsule cannot be changed.', detail = 'conflict',
        hint = 'Make a new capsule that names this one as its parent.';
    end if;
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.guard_capsule_child() is 'Refuses to add to, change or remove the contents of a sealed capsule.';
alter function private.guard_capsule_child() owner to app_definer;

create function private.refuse_truncate() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise sqlstate 'PT409' using message = format('%I may hold sealed capsules and cannot be truncated.', tg_table_name),
    detail = 'conflict', hint = 'Delete drafts one by one.';
end
$$;
comment on function private.refuse_truncate() is 'TRUNCATE asks neither policies nor row triggers.';

create trigger capsules_guard before update or delete on public.capsules
  for each row execute function private.guard_capsule();
create trigger capsule_artifacts_guard before insert or update or delete on public.capsule_artifacts
  for each row execute function private.guard_capsule_child();
create trigger capsule_task_executions_guard before insert or update or delete on public.capsule_task_executions
  for each row execute function private.guard_capsule_child();
create trigger capsules_no_truncate before truncate on public.capsules
  for each statement execute function private.refuse_truncate();
create trigger capsule_artifacts_no_truncate before truncate on public.capsule_artifacts
  for each statement execute function private.refuse_truncate();
create trigger capsule_task_executions_no_truncate before truncate on public.capsule_task_executions
  for each statement execute function private.refuse_truncate();

-- Also while session_replication_role is replica.
alter table public.capsules enable always trigger capsules_guard;
alter table public.capsules enable always trigger capsules_no_truncate;
alter table public.capsule_artifacts enable always trigger capsule_artifacts_guard;
alter table public.capsule_artifacts enable always trigger capsule_artifacts_no_truncate;
alter table public.capsule_task_executions enable always trigger capsule_task_executions_guard;
alter table public.capsule_task_executions enable always trigger capsule_task_executions_no_truncate;
