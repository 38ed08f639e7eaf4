-- Capsules: members read; drafts are written by members of live teams; what is sealed stays as it is, whoever asks.

grant select on public.capsules, public.capsule_artifacts to rls_definer;
grant select, insert, update, delete on public.capsules to app_definer;
grant select, insert, delete on public.capsule_artifacts to app_definer;
grant select, insert on public.capsule_task_executions, public.capsule_seals, public.seal_requests to app_definer;

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
grant execute on function private.team_of_capsule(uuid) to authenticated, app_definer;

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

create policy "a capsule's sealed bytes are read with it" on public.capsule_seals for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));
create policy "what was asked for a capsule is read with it" on public.seal_requests for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));

grant select on public.capsule_seals, public.seal_requests to authenticated;

create function private.capsule_of(p_job uuid) returns uuid
language sql stable security definer set search_path = '' as $$
  select c.id from public.capsules as c where c.job_id = p_job order by c.created_at, c.id limit 1
$$;
comment on function private.capsule_of(uuid) is 'The capsule that a job was submitted with, else the first that was made of it.';
alter function private.capsule_of(uuid) owner to app_definer;

-- p: seal_capsule, git_sha, git_repo, parent_capsule_id; all optional.
create function private.start_capsule(p_job uuid, p_name text, p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_job public.job_runs;
  v_asked public.job_programs;
  v_script text;
  v_id uuid := gen_random_uuid();
begin
  select * into strict v_job from public.job_runs as j where j.id = p_job;
  select * into v_asked from public.job_programs as a where a.job_id = p_job and a.kind = 'asked' and a.seq = 0;
  select s.name into v_script from public.scripts as s where s.id = v_job.script_id;
  insert into public.capsules (id, team_id, user_id, name, job_id, git_sha, git_repo, parent_capsule_id, custom_metadata, estimated_cost_usd)
  values (v_id, v_job.team_id, auth.uid(), coalesce(p_name, format('Capsule of %s job', coalesce(v_script, v_job.framework, 'a'))), p_job,
          p ->> 'git_sha', p ->> 'git_repo', (p ->> 'parent_capsule_id')::uuid,
          case when p @> '{"seal_capsule": true}' then '{"seal_when_done": true}'::jsonb else '{}'::jsonb end, v_job.estimated_cost_usd);
  if v_asked.content is not null then
    insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, content_text)
    values (v_id, case v_asked.format when 'python' then 'workflow/script.py' else 'workflow/program.qasm' end, 'workflow',
            case v_asked.format when 'python' then 'text/x-python' else 'text/x-openqasm' end,
            octet_length(v_asked.content), 'sha256:' || v_asked.sha256, v_asked.content);
  end if;
  return v_id;
end
$$;
comment on function private.start_capsule(uuid, text, jsonb) is 'The draft of a job''s capsule, in the caller''s name, with the code that was asked. Returns its id.';
alter function private.start_capsule(uuid, text, jsonb) owner to app_definer;

-- Refusals in one order: what cannot be seen is missing, then the key and the team, then the role, then the state.
create function private.capsule_to_change(p_capsule uuid) returns public.capsules
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules;
begin
  select * into v from public.capsules as c where c.id = p_capsule and c.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such capsule, or not one that you may see.', detail = 'not_found';
  end if;
  perform private.choose_team(v.team_id);
  if v.user_id is distinct from auth.uid() and not private.is_leader(v.team_id) then
    raise sqlstate 'PT403' using message = 'Only who made a capsule, an admin or the owner may do this.', detail = 'permission_denied';
  end if;
  -- Held until the end: whoever seals, or adds beside us, goes before or after.
  select * into v from public.capsules as c where c.id = p_capsule for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'No such capsule, or not one that you may see.', detail = 'not_found';
  end if;
  return v;
end
$$;
comment on function private.capsule_to_change(uuid) is 'The capsule, locked, if the caller may change or seal it: who made it, an admin or the owner, in a live team.';
alter function private.capsule_to_change(uuid) owner to app_definer;

create function private.draft_to_change(p_capsule uuid) returns public.capsules
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_change(p_capsule);
begin
  if v.lifecycle_state not in ('draft', 'runnable') then
    raise sqlstate 'PT409' using message = 'A sealed capsule cannot be changed.', detail = 'capsule_sealed',
      hint = 'Make a new capsule that names this one as its parent.';
  end if;
  return v;
end
$$;
comment on function private.draft_to_change(uuid) is 'The capsule, locked, if the caller may change it and it is not sealed.';
alter function private.draft_to_change(uuid) owner to app_definer;
grant execute on function private.draft_to_change(uuid) to authenticated;

-- p: team_id?, name, description, job_id, git_sha, git_repo, parent_capsule_id, custom_metadata, max_budget_usd, regulatory_framework,
-- retention_years. With job_id it is filled by the worker with what that job left.
create function public.save_capsule(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid;
  v_job public.job_runs;
  v_parent uuid := (p ->> 'parent_capsule_id')::uuid;
  v_id uuid;
begin
  if p ? 'job_id' then
    select * into v_job from public.job_runs as j where j.id = (p ->> 'job_id')::uuid and j.team_id = any (private.my_teams());
    if not found or v_job.team_id is distinct from coalesce((p ->> 'team_id')::uuid, v_job.team_id) then
      raise sqlstate 'PT404' using message = 'No such job, or not one of this team.', detail = 'not_found';
    end if;
  end if;
  v_team := private.choose_team(coalesce(v_job.team_id, (p ->> 'team_id')::uuid, private.team_of_capsule(v_parent)));
  if v_parent is not null and private.team_of_capsule(v_parent) is distinct from v_team then
    raise sqlstate 'PT404' using message = 'No such parent, or not a capsule of this team.', detail = 'not_found';
  elsif v_job.id is null then
    insert into public.capsules (team_id, user_id, name, description, git_sha, git_repo, parent_capsule_id, custom_metadata, max_budget_usd,
                                 regulatory_framework, retention_years)
    values (v_team, auth.uid(), p ->> 'name', p ->> 'description', p ->> 'git_sha', p ->> 'git_repo', v_parent,
            coalesce(p -> 'custom_metadata', '{}'), (p ->> 'max_budget_usd')::numeric, p ->> 'regulatory_framework',
            (p ->> 'retention_years')::integer)
    returning id into v_id;
  else
    v_id := public.capsule_from_job(v_job.id, p ->> 'name');
    perform public.change_capsule(v_id, p);
    update public.capsules as c set parent_capsule_id = v_parent where c.id = v_id and v_parent is not null;
  end if;
  return v_id;
end
$$;
comment on function public.save_capsule(jsonb) is 'A new draft of the caller, empty or of an ended job. Returns its id.';
alter function public.save_capsule(jsonb) owner to app_definer;
grant execute on function public.save_capsule(jsonb) to authenticated;

create function public.capsule_from_job(p_job uuid, p_name text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_job public.job_runs;
  v_id uuid;
begin
  select * into v_job from public.job_runs as j where j.id = p_job and j.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such job, or not one that you may see.', detail = 'not_found';
  end if;
  perform private.choose_team(v_job.team_id);
  if v_job.status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT409' using message = 'The job has not ended yet.', detail = 'conflict', hint = 'Wait for its end, or submit it with create_capsule.';
  end if;
  v_id := private.start_capsule(p_job, p_name, '{}');
  insert into public.seal_requests (capsule_id, kind, requested_by, requested_name) values (v_id, 'fill', auth.uid(), private.my_printed_name());
  return v_id;
end
$$;
comment on function public.capsule_from_job(uuid, text) is 'A draft of an ended job, which the worker fills with what the job left. Returns its id.';
alter function public.capsule_from_job(uuid, text) owner to app_definer;
grant execute on function public.capsule_from_job(uuid, text) to authenticated;

create function private.my_printed_name() returns text
language sql stable security definer set search_path = '' as $$
  select coalesce(p.name, p.email) from private.people as p where p.id = auth.uid()
$$;
comment on function private.my_printed_name() is 'The caller''s name as it is printed beside what they did; their address where they gave no name.';
alter function private.my_printed_name() owner to app_definer;

-- p: description, name, git_sha, …: the columns that are given, NULL to empty one.
create function public.change_capsule(p_capsule uuid, p jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
begin
  v := jsonb_populate_record(v, p);
  update public.capsules as c
     set name = v.name, description = v.description, git_sha = v.git_sha, git_repo = v.git_repo, max_budget_usd = v.max_budget_usd,
         regulatory_framework = v.regulatory_framework, retention_years = v.retention_years,
         -- What the platform itself noted there stays unless it is named.
         custom_metadata = case when p ? 'custom_metadata' then
           jsonb_strip_nulls(jsonb_build_object('seal_when_done', c.custom_metadata -> 'seal_when_done')) || v.custom_metadata
           else c.custom_metadata end
   where c.id = p_capsule;
end
$$;
comment on function public.change_capsule(uuid, jsonb) is 'Changes what a draft says of itself.';
alter function public.change_capsule(uuid, jsonb) owner to app_definer;
grant execute on function public.change_capsule(uuid, jsonb) to authenticated;

create function public.make_runnable(p_capsule uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
begin
  if not exists (select 1 from public.capsule_artifacts as a where a.capsule_id = p_capsule and a.artifact_type = 'workflow') then
    raise sqlstate 'PT422' using message = 'The capsule holds no workflow that could run.', detail = 'capsule_not_repeatable',
      hint = 'Add the script as workflow/script.py, of type workflow.';
  end if;
  update public.capsules as c set lifecycle_state = 'runnable' where c.id = p_capsule and c.lifecycle_state = 'draft';
end
$$;
comment on function public.make_runnable(uuid) is 'draft → runnable: it holds what would run. Again is no error.';
alter function public.make_runnable(uuid) owner to app_definer;
grant execute on function public.make_runnable(uuid) to authenticated;

create function public.archive_capsule(p_capsule uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_change(p_capsule);
begin
  if v.lifecycle_state in ('draft', 'runnable') then
    raise sqlstate 'PT409' using message = format('A capsule that is %s is not archived.', v.lifecycle_state), detail = 'capsule_not_sealed',
      hint = 'Seal it first, or delete the draft.';
  end if;
  update public.capsules as c set lifecycle_state = 'archived' where c.id = p_capsule and c.lifecycle_state = 'sealed';
end
$$;
comment on function public.archive_capsule(uuid) is 'sealed → archived: out of the way, still read, exported and verified. Again is no error.';
alter function public.archive_capsule(uuid) owner to app_definer;
grant execute on function public.archive_capsule(uuid) to authenticated;

create function public.delete_capsule(p_capsule uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_change(p_capsule);
begin
  if v.lifecycle_state in ('sealed', 'archived') then
    raise sqlstate 'PT409' using message = 'A sealed capsule cannot be deleted.', detail = 'capsule_sealed', hint = 'Archive it; it can still be read.';
  elsif v.lifecycle_state <> 'draft' then
    raise sqlstate 'PT409' using message = 'Only a draft can be deleted.', detail = 'conflict', hint = 'Seal and archive it, or leave it.';
  end if;
  delete from public.capsules as c where c.id = p_capsule;
end
$$;
comment on function public.delete_capsule(uuid) is 'Deletes a draft with its artifacts.';
alter function public.delete_capsule(uuid) owner to app_definer;
grant execute on function public.delete_capsule(uuid) to authenticated;

-- In schema private: the caller says what lies in the object store, and only the API, which put it there, can know.
-- p: name, artifact_type, content_type, size_bytes, digest, storage_path, replace, most_bytes.
create function private.add_artifact(p_capsule uuid, p jsonb, p_text text, p_binary bytea) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
  v_held bigint;
  v_id uuid;
begin
  if (p ->> 'replace')::boolean then
    delete from public.capsule_artifacts as a where a.capsule_id = p_capsule and a.name = p ->> 'name';
  elsif exists (select 1 from public.capsule_artifacts as a where a.capsule_id = p_capsule and a.name = p ->> 'name') then
    raise sqlstate 'PT409' using message = format('The capsule has an artifact %s.', p ->> 'name'), detail = 'already_exists',
      hint = 'PUT replaces it; DELETE removes it.';
  end if;
  select coalesce(sum(a.size_bytes), 0) into v_held from public.capsule_artifacts as a where a.capsule_id = p_capsule;
  if v_held + (p ->> 'size_bytes')::bigint > (p ->> 'most_bytes')::bigint then
    raise sqlstate 'PT413' using message = format('The capsule would be larger than %s bytes.', p ->> 'most_bytes'), detail = 'artifact_too_large',
      hint = 'Split it into several capsules, or name the data by its digest and keep it elsewhere.';
  end if;
  insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, storage_path, content_text, content_binary)
  values (p_capsule, p ->> 'name', p ->> 'artifact_type', p ->> 'content_type', (p ->> 'size_bytes')::bigint, p ->> 'digest',
          p ->> 'storage_path', p_text, p_binary)
  returning id into v_id;
  return v_id;
end
$$;
comment on function private.add_artifact(uuid, jsonb, text, bytea) is 'Adds a file to a draft, or replaces the one of that name. Returns its id.';
alter function private.add_artifact(uuid, jsonb, text, bytea) owner to app_definer;
grant execute on function private.add_artifact(uuid, jsonb, text, bytea) to authenticated;

create function public.remove_artifact(p_capsule uuid, p_name text) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
begin
  delete from public.capsule_artifacts as a where a.capsule_id = p_capsule and a.name = p_name;
  if not found then
    raise sqlstate 'PT404' using message = 'The capsule has no artifact of this name.', detail = 'not_found';
  end if;
end
$$;
comment on function public.remove_artifact(uuid, text) is 'Removes a file from a draft.';
alter function public.remove_artifact(uuid, text) owner to app_definer;
grant execute on function public.remove_artifact(uuid, text) to authenticated;
