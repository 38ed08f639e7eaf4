-- The audit trail of capsules: who changed what, when, with the old and the new value, before the seal as after it. Written by triggers
-- that are ENABLE ALWAYS, one per statement: whoever adds ten thousand artifacts at once pays for one look at them.

grant select, insert on public.capsule_changes to app_definer;
grant select on public.capsules to app_definer;

create function private.who_acts() returns text
language sql stable security definer set search_path = '' as $$
  select coalesce((select coalesce(p.name, p.email) from private.people as p where p.id = auth.uid()),
                  'person ' || auth.uid(),
                  case session_user when 'worker_login' then 'platform' else 'database login ' || session_user end)
$$;
comment on function private.who_acts() is 'Printed name of whoever acts: the person who asks, else the platform (its worker), else the login of whoever works on the database itself.';
alter function private.who_acts() owner to app_definer;

create function private.text_digest(p_text text) returns text
language sql immutable set search_path = '' as $$
  select 'sha256:' || encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;
comment on function private.text_digest(text) is 'sha256: and the SHA-256 of a text, in hex.';
grant execute on function private.text_digest(text) to app_definer;

create function private.shown_row(p_table text, p_row jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case p_table
    when 'capsules' then p_row - array['updated_at']
    when 'capsule_signatures' then p_row - array['capsule_id', 'envelope'] || jsonb_build_object('envelope', private.text_digest(p_row ->> 'envelope'))
    when 'seal_requests' then p_row - array['capsule_id', 'claimed_by', 'claimed_at', 'attempts']
    else p_row - array['capsule_id'] end
$$;
comment on function private.shown_row(text, jsonb) is 'What the trail shows of a row: its columns, without what only says how the platform is getting on.';
grant execute on function private.shown_row(text, jsonb) to app_definer;

create function private.shown_artifact(
  p_name text, p_type text, p_content_type text, p_size bigint, p_digest text, p_path text, p_text text, p_binary bytea
) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'name', p_name, 'artifact_type', p_type, 'content_type', p_content_type, 'size_bytes', p_size, 'digest', p_digest, 'storage_path', p_path,
    'content', 'sha256:' || encode(sha256(coalesce(p_binary, convert_to(p_text, 'UTF8'))), 'hex')))
$$;
comment on function private.shown_artifact(text, text, text, bigint, text, text, text, bytea) is
  'What the trail shows of an artifact: `digest` as it was declared, `content` the digest of what lies in the database.';
grant execute on function private.shown_artifact(text, text, text, bigint, text, text, text, bytea) to app_definer;

create function private.what_differs(p_row jsonb, p_other jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(e.key, e.value), '{}'::jsonb) from jsonb_each(p_row) as e where e.value is distinct from p_other -> e.key
$$;
comment on function private.what_differs(jsonb, jsonb) is 'The members of a row that another version of it has otherwise.';
grant execute on function private.what_differs(jsonb, jsonb) to app_definer;

create function private.action_of(p_table text, p_op text, p_old jsonb, p_new jsonb) returns text
language sql immutable set search_path = '' as $$
  select case
    when p_table = 'capsules' and p_op = 'UPDATE' and p_old ->> 'lifecycle_state' is distinct from p_new ->> 'lifecycle_state'
      then 'capsule.' || case p_new ->> 'lifecycle_state' when 'runnable' then 'made_runnable' else p_new ->> 'lifecycle_state' end
    when p_table = 'seal_requests' and p_op = 'UPDATE' and p_new ->> 'done_at' is not null
      then 'request.' || case when p_new ->> 'problem' is null then 'done' else 'refused' end
    else case p_table when 'capsules' then 'capsule' when 'capsule_artifacts' then 'artifact' when 'capsule_signatures' then 'signature'
                      when 'capsule_dois' then 'doi' else 'request' end
      || case p_op when 'UPDATE' then '.changed' when 'DELETE' then case p_table when 'capsules' then '.deleted' else '.removed' end
                   else case p_table when 'capsules' then '.created' when 'seal_requests' then '.made' else '.added' end end
  end
$$;
comment on function private.action_of(text, text, jsonb, jsonb) is 'What a change is called: noun.verb.';
grant execute on function private.action_of(text, text, jsonb, jsonb) to app_definer;

create function private.named(p_row jsonb, p_part jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case when p_row ? 'artifact_type' then jsonb_build_object('name', p_row -> 'name')
              when p_row ? 'kind' then jsonb_build_object('kind', p_row -> 'kind')
              else '{}'::jsonb end || p_part
$$;
comment on function private.named(jsonb, jsonb) is 'A part of a row with what one knows it by: an artifact''s name, a request''s kind.';
grant execute on function private.named(jsonb, jsonb) to app_definer;

create function private.note_added() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name constant text := private.who_acts();
begin
  if tg_table_name = 'capsule_artifacts' then
    insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, after)
    select c.id, c.team_id, auth.uid(), v_name, 'artifact.added',
           private.shown_artifact(n.name, n.artifact_type, n.content_type, n.size_bytes, n.digest, n.storage_path, n.content_text, n.content_binary)
      from added as n join public.capsules as c on c.id = n.capsule_id;
    return null;
  end if;
  insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, after)
  select c.id, c.team_id, auth.uid(), v_name, private.action_of(tg_table_name, tg_op, null, n.row), private.shown_row(tg_table_name, n.row)
    from (select to_jsonb(a) as row from added as a) as n
    join public.capsules as c on c.id = (n.row ->> case tg_table_name when 'capsules' then 'id' else 'capsule_id' end)::uuid;
  return null;
end
$$;
comment on function private.note_added() is 'A line of the trail for each row that was added.';
alter function private.note_added() owner to app_definer;

create function private.note_changed() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name constant text := private.who_acts();
begin
  if tg_table_name = 'capsule_artifacts' then
    insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, before, after)
    select c.id, c.team_id, auth.uid(), v_name, 'artifact.changed',
           private.named(v.old, private.what_differs(v.old, v.new)), private.named(v.new, private.what_differs(v.new, v.old))
      from (select n.capsule_id,
                   private.shown_artifact(o.name, o.artifact_type, o.content_type, o.size_bytes, o.digest, o.storage_path, o.content_text, o.content_binary) as old,
                   private.shown_artifact(n.name, n.artifact_type, n.content_type, n.size_bytes, n.digest, n.storage_path, n.content_text, n.content_binary) as new
              from gone as o join added as n using (id)) as v
      join public.capsules as c on c.id = v.capsule_id
     where v.old is distinct from v.new;
    return null;
  end if;
  insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, before, after)
  select c.id, c.team_id, auth.uid(), v_name, private.action_of(tg_table_name, tg_op, v.old, v.new),
         private.named(v.old, private.what_differs(v.old, v.new)), private.named(v.new, private.what_differs(v.new, v.old))
    from (select (to_jsonb(n) ->> case tg_table_name when 'capsules' then 'id' else 'capsule_id' end)::uuid as capsule_id,
                 private.shown_row(tg_table_name, to_jsonb(o)) as old, private.shown_row(tg_table_name, to_jsonb(n)) as new
            from gone as o join added as n using (id)) as v
    join public.capsules as c on c.id = v.capsule_id
   where v.old is distinct from v.new;
  return null;
end
$$;
comment on function private.note_changed() is 'A line of the trail for each row that was changed: the old and the new value of what differs.';
alter function private.note_changed() owner to app_definer;

-- An artifact of a deleted draft goes by a foreign key after its capsule, whose own line says so: only what still has a capsule is noted.
create function private.note_removed() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_name constant text := private.who_acts();
begin
  if tg_table_name = 'capsule_artifacts' then
    insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, before)
    select c.id, c.team_id, auth.uid(), v_name, 'artifact.removed',
           private.shown_artifact(o.name, o.artifact_type, o.content_type, o.size_bytes, o.digest, o.storage_path, o.content_text, o.content_binary)
      from gone as o join public.capsules as c on c.id = o.capsule_id;
    return null;
  end if;
  insert into public.capsule_changes (capsule_id, team_id, actor_id, actor_name, action, before)
  select coalesce(c.id, (o.row ->> 'id')::uuid), coalesce(c.team_id, (o.row ->> 'team_id')::uuid), auth.uid(), v_name,
         private.action_of(tg_table_name, tg_op, o.row, null), private.shown_row(tg_table_name, o.row)
    from (select to_jsonb(g) as row from gone as g) as o
    left join public.capsules as c on tg_table_name <> 'capsules' and c.id = (o.row ->> 'capsule_id')::uuid
   where tg_table_name = 'capsules' or c.id is not null;
  return null;
end
$$;
comment on function private.note_removed() is 'A line of the trail for each row that was removed, with what it was.';
alter function private.note_removed() owner to app_definer;

do $$
declare
  v_table text;
begin
  foreach v_table in array array['capsules', 'capsule_artifacts', 'capsule_signatures', 'capsule_dois', 'seal_requests'] loop
    execute format('create trigger %I after insert on public.%I referencing new table as added for each statement execute function private.note_added()',
                   v_table || '_note_added', v_table);
    -- DOIs have no id of their own, and the guard lets none of them change.
    if v_table <> 'capsule_dois' then
      execute format('create trigger %I after update on public.%I referencing old table as gone new table as added '
                     'for each statement execute function private.note_changed()', v_table || '_note_changed', v_table);
      execute format('alter table public.%I enable always trigger %I', v_table, v_table || '_note_changed');
    end if;
    execute format('create trigger %I after delete on public.%I referencing old table as gone for each statement execute function private.note_removed()',
                   v_table || '_note_removed', v_table);
    execute format('alter table public.%I enable always trigger %I', v_table, v_table || '_note_added');
    execute format('alter table public.%I enable always trigger %I', v_table, v_table || '_note_removed');
  end loop;
end
$$;
