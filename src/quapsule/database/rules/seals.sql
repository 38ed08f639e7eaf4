-- What is sealed stays as it is, whoever asks: the owner of the tables, service_role, a superuser who is not careful, a foreign key's action.
-- The guards are triggers, because policies bind none of these; they are ENABLE ALWAYS, because `session_replication_role = replica`
-- passes ordinary ones. Whoever may switch triggers off can still pass them: `quapsule audit` finds what was changed then.

grant select on public.capsules, public.capsule_seals, public.teams, private.seal_log to app_definer;
grant update on public.capsules to app_definer; -- `for share` asks for it

-- The capsule itself -----------------------------------------------------------------------------------------------------------------------

create function private.kept_until(p public.capsules) returns timestamptz
language sql stable set search_path = '' as $$
  select case when p.retention_years is null or p.retention_years > 9999 then 'infinity'
              else coalesce(p.sealed_at + make_interval(years => p.retention_years), 'infinity') end
$$;
comment on function private.kept_until(public.capsules) is 'When the retention of a sealed capsule ends; infinity: never, because no years were given.';
grant execute on function private.kept_until(public.capsules) to app_definer;

create function private.guard_capsule() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_order constant text[] := array['draft', 'runnable', 'sealed', 'archived'];
  v_pointer text;
  v_old jsonb := to_jsonb(old) - array['updated_at', 'lifecycle_state'];
  v_new jsonb;
begin
  if tg_op = 'DELETE' then
    if old.lifecycle_state not in ('sealed', 'archived') then
      return old;
    end if;
    -- Its team can only be gone already while the team itself is being deleted, which private.guard_team refuses within the retention.
    if private.kept_until(old) <= now() and not exists (select 1 from public.teams as t where t.id = old.team_id) then
      return old;
    end if;
    raise sqlstate 'PT409' using message = 'A sealed capsule cannot be deleted.', detail = 'capsule_sealed',
      hint = 'Archive it; it can still be read.';
  end if;

  if array_position(v_order, new.lifecycle_state) < array_position(v_order, old.lifecycle_state)
     or new.lifecycle_state = 'archived' and old.lifecycle_state not in ('sealed', 'archived') then
    raise sqlstate 'PT409' using message = format('A capsule that is %s does not become %s.', old.lifecycle_state, new.lifecycle_state),
      detail = case when old.lifecycle_state in ('sealed', 'archived') then 'capsule_sealed' else 'conflict' end,
      hint = 'The order is draft, runnable, sealed, archived.';
  end if;
  if old.lifecycle_state not in ('sealed', 'archived') then
    return new;
  end if;

  v_new := to_jsonb(new) - array['updated_at', 'lifecycle_state'];
  foreach v_pointer in array array['user_id', 'job_id', 'parent_capsule_id'] loop
    if v_new -> v_pointer = 'null'::jsonb then -- a foreign key's `on delete set null`
      v_new := v_new - v_pointer;
      v_old := v_old - v_pointer;
    end if;
  end loop;
  if v_new is distinct from v_old then
    raise sqlstate 'PT409' using message = 'A sealed capsule cannot be changed.', detail = 'capsule_sealed',
      hint = 'Make a new capsule that names this one as its parent.';
  end if;
  return new;
end
$$;
comment on function private.guard_capsule() is
  'Forward only: draft, runnable (what holds no workflow skips it), sealed, archived. Of a sealed row only that step, updated_at, and pointers to NULL may change.';
alter function private.guard_capsule() owner to app_definer;

create function private.guard_team() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_until timestamptz;
begin
  select max(private.kept_until(c)) into v_until
    from public.capsules as c where c.team_id = old.id and c.lifecycle_state in ('sealed', 'archived');
  if v_until > now() then
    raise sqlstate 'PT409' using message = 'The team has sealed capsules whose retention has not ended.', detail = 'conflict',
      hint = case when v_until = 'infinity' then 'They are kept for ever, since one names no retention_years: suspend the team instead.'
                  else format('It can be deleted after %s; suspend it until then.', to_char(v_until at time zone 'UTC', 'YYYY-MM-DD')) end;
  end if;
  return old;
end
$$;
comment on function private.guard_team() is 'A team is not deleted while a sealed capsule of it has to be kept.';
alter function private.guard_team() owner to app_definer;

-- What belongs to it ------------------------------------------------------------------------------------------------------------------------

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
    -- For share: whoever seals holds the row, so nothing slips in beside the digest.
    select c.lifecycle_state into v_state from public.capsules as c where c.id = v_capsule for share;
    if v_state in ('sealed', 'archived') then
      raise sqlstate 'PT409' using message = 'The contents of a sealed capsule cannot be changed.', detail = 'capsule_sealed',
        hint = 'Make a new capsule that names this one as its parent.';
    end if;
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.guard_capsule_child() is 'Refuses to add to, change or remove the contents of a sealed capsule.';
alter function private.guard_capsule_child() owner to app_definer;

create function private.keep_seal() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- By the foreign key, after the capsule itself went: guard_capsule let it.
  if tg_op = 'DELETE' and not exists (select 1 from public.capsules as c where c.id = old.capsule_id) then
    return old;
  end if;
  raise sqlstate 'PT409' using message = format('What %I says of a sealed capsule stays as it is.', tg_table_name), detail = 'capsule_sealed',
    hint = 'Signatures and timestamps are only ever added.';
end
$$;
comment on function private.keep_seal() is 'Sealed bytes, signatures, timestamps and DOIs are added once, and leave with their capsule.';
alter function private.keep_seal() owner to app_definer;

create function private.keep_appended() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise sqlstate 'PT409' using message = format('%I is only ever added to.', tg_table_name), detail = 'conflict';
end
$$;
comment on function private.keep_appended() is 'Refuses to change or remove a row of the seal log or of the audit trail.';

create function private.guard_signing_key() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'revoked_at' = to_jsonb(old) - 'revoked_at'
     and (old.revoked_at is null or new.revoked_at = old.revoked_at) then
    return new;
  end if;
  raise sqlstate 'PT409' using message = 'A key that was registered stays as it is; it can be revoked once.', detail = 'conflict',
    hint = 'What it signed has to be verified as long as it is kept.';
end
$$;
comment on function private.guard_signing_key() is 'Of a signing key only revoked_at may change, once.';

create function private.refuse_truncate() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise sqlstate 'PT409' using message = format('%I may hold what is sealed and cannot be truncated.', tg_table_name),
    detail = 'conflict', hint = 'Delete drafts one by one.';
end
$$;
comment on function private.refuse_truncate() is 'TRUNCATE asks neither policies nor row triggers.';

-- Checked at commit: sealed ⇔ a seal ---------------------------------------------------------------------------------------------------------

create function private.check_capsule_has_seal() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v public.capsule_seals;
begin
  select * into v from public.capsule_seals as s where s.capsule_id = new.id;
  if v.capsule_id is null or v.sealed_at is distinct from new.sealed_at then
    raise sqlstate 'PT409' using message = 'A capsule is sealed by its seal and by nothing else.', detail = 'conflict',
      hint = 'POST /api/capsules/{id}/seal asks the worker for it.';
  end if;
  return null;
end
$$;
comment on function private.check_capsule_has_seal() is 'Who says sealed brings the sealed bytes along, in the same transaction.';
alter function private.check_capsule_has_seal() owner to app_definer;

create function private.check_capsule_is_sealed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.capsules as c where c.id = new.capsule_id and c.lifecycle_state in ('sealed', 'archived')) then
    raise sqlstate 'PT409' using message = format('%I has rows of sealed capsules only.', tg_table_name), detail = 'capsule_not_sealed';
  end if;
  return null;
end
$$;
comment on function private.check_capsule_is_sealed() is 'Seals, signatures, timestamps and DOIs are of sealed capsules.';
alter function private.check_capsule_is_sealed() owner to app_definer;

create function private.check_seal() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.mqc_id is distinct from 'mqc:1:' || encode(sha256(new.canonical), 'hex') then
    raise sqlstate 'PT409' using message = 'The id is not that of the canonical bytes.', detail = 'capsule_invalid';
  elsif new.origin = 'here' and not exists (
      select 1 from private.seal_log as l
       where l.seq = new.log_seq and l.capsule_id = new.capsule_id and l.entry = convert_to(new.mqc_id, 'UTF8')) then
    raise sqlstate 'PT409' using message = 'The seal is not in the seal log.', detail = 'conflict';
  end if;
  return null;
end
$$;
comment on function private.check_seal() is 'A seal''s id is the hash of its bytes, and one that was made here is in the log.';
alter function private.check_seal() owner to app_definer;

create function private.check_log() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.seq > 0 and not exists (select 1 from private.seal_log as l where l.seq = new.seq - 1) then
    raise sqlstate 'PT409' using message = format('The seal log has no entry %s.', new.seq - 1), detail = 'conflict';
  end if;
  return null;
end
$$;
comment on function private.check_log() is 'The seal log has no gaps.';
alter function private.check_log() owner to app_definer;

-- Triggers -----------------------------------------------------------------------------------------------------------------------------------

create trigger capsules_guard before update or delete on public.capsules
  for each row execute function private.guard_capsule();
create trigger teams_guard before delete on public.teams
  for each row execute function private.guard_team();
create trigger capsule_artifacts_guard before insert or update or delete on public.capsule_artifacts
  for each row execute function private.guard_capsule_child();
create trigger capsule_task_executions_guard before insert or update or delete on public.capsule_task_executions
  for each row execute function private.guard_capsule_child();
create trigger capsule_seals_guard before update or delete on public.capsule_seals
  for each row execute function private.keep_seal();
create trigger capsule_signatures_guard before update or delete on public.capsule_signatures
  for each row execute function private.keep_seal();
create trigger capsule_timestamps_guard before update or delete on public.capsule_timestamps
  for each row execute function private.keep_seal();
create trigger capsule_dois_guard before update or delete on public.capsule_dois
  for each row execute function private.keep_seal();
create trigger signing_keys_guard before update or delete on public.signing_keys
  for each row execute function private.guard_signing_key();
create trigger capsule_changes_guard before update or delete on public.capsule_changes
  for each row execute function private.keep_appended();
create trigger seal_log_guard before update or delete on private.seal_log
  for each row execute function private.keep_appended();
create trigger seal_nodes_guard before update or delete on private.seal_nodes
  for each row execute function private.keep_appended();
create trigger checkpoints_guard before update or delete on private.checkpoints
  for each row execute function private.keep_appended();

create constraint trigger capsules_have_seals after insert or update on public.capsules deferrable initially deferred
  for each row when (new.lifecycle_state in ('sealed', 'archived')) execute function private.check_capsule_has_seal();
create constraint trigger capsule_seals_are_of_sealed after insert on public.capsule_seals deferrable initially deferred
  for each row execute function private.check_capsule_is_sealed();
create constraint trigger capsule_seals_are_true after insert on public.capsule_seals deferrable initially deferred
  for each row execute function private.check_seal();
create constraint trigger capsule_signatures_are_of_sealed after insert on public.capsule_signatures deferrable initially deferred
  for each row execute function private.check_capsule_is_sealed();
create constraint trigger capsule_timestamps_are_of_sealed after insert on public.capsule_timestamps deferrable initially deferred
  for each row execute function private.check_capsule_is_sealed();
create constraint trigger capsule_dois_are_of_sealed after insert on public.capsule_dois deferrable initially deferred
  for each row execute function private.check_capsule_is_sealed();
create constraint trigger seal_log_has_no_gaps after insert on private.seal_log deferrable initially deferred
  for each row execute function private.check_log();

do $$
declare
  v_table regclass;
  v_trigger name;
begin
  foreach v_table in array array[
    'public.capsules', 'public.capsule_artifacts', 'public.capsule_task_executions', 'public.capsule_seals', 'public.capsule_signatures',
    'public.capsule_timestamps', 'public.capsule_dois', 'public.signing_keys', 'public.capsule_changes', 'private.seal_log',
    'private.seal_nodes', 'private.checkpoints']::regclass[]
  loop
    execute format('create trigger %I before truncate on %s for each statement execute function private.refuse_truncate()',
                   (parse_ident(v_table::text))[array_upper(parse_ident(v_table::text), 1)] || '_no_truncate', v_table);
    for v_trigger in
      select t.tgname from pg_catalog.pg_trigger as t join pg_catalog.pg_proc as f on f.oid = t.tgfoid
       where t.tgrelid = v_table and not t.tgisinternal and f.proname ~ '^(guard|keep|refuse|check)_'
    loop
      execute format('alter table %s enable always trigger %I', v_table, v_trigger);
    end loop;
  end loop;
  alter table public.teams enable always trigger teams_guard;
end
$$;
