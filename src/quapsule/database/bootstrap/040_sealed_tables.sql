-- The guards of sealed capsules are triggers on tables, and whoever owns a table can switch its triggers off. An event trigger stops that:
-- no ALTER, DROP, RENAME, CREATE RULE, CREATE TRIGGER or CREATE POLICY on a guarded table, nor another body for a guard, for the tables'
-- owner and for a superuser who did not mean to. Migrating is announced by a setting that counts for the migrating login alone: a
-- superuser, or one that acts for all three owners.
-- Only a superuser can make an event trigger. Without one nothing fails: the guards stand alone, and `quapsule doctor` says so.
do $$
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;

  create or replace function private.keep_sealed_tables() returns event_trigger
  language plpgsql set search_path = '' as $f$
  declare
    v_tables constant text[] := array[
      'public.capsules', 'public.capsule_artifacts', 'public.capsule_task_executions', 'public.capsule_seals', 'public.capsule_signatures',
      'public.capsule_timestamps', 'public.capsule_dois', 'public.signing_keys', 'public.capsule_changes', 'private.seal_log',
      'private.seal_nodes', 'private.checkpoints'];
    v_hit text;
  begin
    if current_setting('quapsule.migrating', true) = 'on'
       and ((select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = session_user)
            or pg_catalog.pg_has_role(session_user, 'app_owner', 'member') and pg_catalog.pg_has_role(session_user, 'rls_definer', 'member')
               and pg_catalog.pg_has_role(session_user, 'app_definer', 'member')) then
      return;
    end if;
    if tg_event = 'sql_drop' then
      select d.object_identity into v_hit from pg_catalog.pg_event_trigger_dropped_objects() as d
       where not d.is_temporary and d.address_names[1] || '.' || d.address_names[2] = any (v_tables) limit 1;
    else
      -- By what guards them, not by name: a table that was just renamed has its triggers still.
      with kept as (
        select distinct t.tgrelid as oid from pg_catalog.pg_trigger as t join pg_catalog.pg_proc as f on f.oid = t.tgfoid
         where f.proname = 'refuse_truncate' and f.pronamespace = 'private'::regnamespace
      )
      select c.object_identity into v_hit from pg_catalog.pg_event_trigger_ddl_commands() as c
       where c.command_tag not in ('COMMENT', 'GRANT', 'REVOKE')
         and (c.classid = 'pg_catalog.pg_class'::regclass
                and (c.objid in (select k.oid from kept as k)
                     or exists (select 1 from pg_catalog.pg_inherits as i where i.inhrelid = c.objid and i.inhparent in (select k.oid from kept as k)))
              or c.classid = 'pg_catalog.pg_trigger'::regclass
                and exists (select 1 from pg_catalog.pg_trigger as t where t.oid = c.objid and t.tgrelid in (select k.oid from kept as k))
              or c.classid = 'pg_catalog.pg_rewrite'::regclass
                and exists (select 1 from pg_catalog.pg_rewrite as r where r.oid = c.objid and r.ev_class in (select k.oid from kept as k))
              or c.classid = 'pg_catalog.pg_policy'::regclass
                and exists (select 1 from pg_catalog.pg_policy as p where p.oid = c.objid and p.polrelid in (select k.oid from kept as k))
              or c.classid = 'pg_catalog.pg_proc'::regclass
                and exists (select 1 from pg_catalog.pg_trigger as t where t.tgfoid = c.objid and t.tgrelid in (select k.oid from kept as k)))
       limit 1;
    end if;
    if v_hit is not null then
      raise insufficient_privilege using message = format('%s: %s belongs to what keeps sealed capsules.', tg_tag, v_hit),
        hint = 'Migrations change it, and nothing else.';
    end if;
  end
  $f$;
  comment on function private.keep_sealed_tables() is 'Refuses to change the tables of sealed capsules and their guards, but to migrations.';
  revoke all on function private.keep_sealed_tables() from public;

  if not exists (select 1 from pg_catalog.pg_event_trigger where evtname = 'quapsule_keeps_sealed_tables') then
    create event trigger quapsule_keeps_sealed_tables on ddl_command_end execute function private.keep_sealed_tables();
    alter event trigger quapsule_keeps_sealed_tables enable always;
    comment on event trigger quapsule_keeps_sealed_tables is 'The tables of sealed capsules are changed by migrations only.';
  end if;
  if not exists (select 1 from pg_catalog.pg_event_trigger where evtname = 'quapsule_keeps_sealed_tables_whole') then
    create event trigger quapsule_keeps_sealed_tables_whole on sql_drop execute function private.keep_sealed_tables();
    alter event trigger quapsule_keeps_sealed_tables_whole enable always;
    comment on event trigger quapsule_keeps_sealed_tables_whole is 'The tables of sealed capsules are dropped, whole or in part, by migrations only.';
  end if;
end
$$;
