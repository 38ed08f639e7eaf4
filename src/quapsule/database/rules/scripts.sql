-- Scripts: who sees which, who may change one, and every text that one ever had.

grant select on public.scripts, public.script_versions, public.script_analyses to authenticated;
grant insert (slug, name, description, category, qubits, file_path, script_content, requirements, framework, script_type, default_parameters,
              user_id, team_id) on public.scripts to authenticated;
grant select on public.scripts to rls_definer;
grant select, insert, update on public.scripts to app_definer;
grant select, insert on public.script_versions, public.script_analyses to app_definer;

-- A key reaches its team and nothing else: what its creator owns elsewhere is not the key's.
create function private.my_own() returns uuid
language plpgsql stable security definer parallel safe set search_path = '' as $$
begin
  if nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'team_id' is not null then
    return null;
  end if;
  return (select p.id from private.people as p where p.id = auth.uid() and not p.disabled);
end
$$;
comment on function private.my_own() is 'Whose own rows the caller reaches beyond their teams: their own, or NULL for an API key, the disabled and nobody.';
alter function private.my_own() owner to rls_definer;
grant execute on function private.my_own() to authenticated, app_definer;

create policy "Templates, published scripts, one's own and the team's are seen" on public.scripts
  for select to authenticated using (
    (is_active and (is_public or (team_id is null and user_id is null)))
    or team_id = any ((select private.my_teams())::uuid[])
    or user_id = (select private.my_own())
  );

create policy "Members of a live team add scripts in their own name" on public.scripts
  for insert to authenticated with check (
    user_id = (select auth.uid()) and team_id = any ((select private.my_live_teams())::uuid[])
  );

-- Publishing a script shows what it is now, not every text that it once was.
create policy "Its people see a script's versions, others the present one" on public.script_versions
  for select to authenticated using (exists (
    select 1 from public.scripts as s
     where s.id = script_id
       and (s.team_id = any ((select private.my_teams())::uuid[]) or s.user_id = (select private.my_own()) or s.script_content = content)
  ));

create policy "One sees one's own analyses" on public.script_analyses
  for select to authenticated using (
    user_id = (select auth.uid()) and team_id = any ((select private.my_teams())::uuid[])
  );

-- The refusals of every write into a team, in one place: which team, may the caller write, is it live.
create function private.choose_team(p_team uuid) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_teams uuid[] := private.my_teams();
  v_team uuid := coalesce(p_team, case when cardinality(v_teams) = 1 then v_teams[1] end);
begin
  if v_team is null and cardinality(v_teams) > 1 then
    raise sqlstate 'PT400' using message = 'You belong to several teams.', detail = 'validation_error', hint = 'Say team_id.';
  elsif v_team is null then
    raise sqlstate 'PT403' using message = 'You belong to no team.', detail = 'permission_denied';
  elsif v_team <> all (v_teams) then
    raise sqlstate 'PT404' using message = 'No such team, or not one that you may see.', detail = 'not_found';
  elsif private.my_level() = 'read' then
    raise sqlstate 'PT403' using message = 'This API key only reads.', detail = 'permission_denied',
      hint = 'Use a key of level simulate or full.';
  elsif v_team <> all (private.my_live_teams()) then
    raise sqlstate 'PT403' using message = 'The team is suspended: everything can be read, nothing changed.', detail = 'team_suspended',
      hint = 'The operator of this installation can resume it.';
  end if;
  return v_team;
end
$$;
comment on function private.choose_team(uuid) is 'The team that a write goes to: the one given, or the caller''s only one. Refuses what the caller may not write to.';
alter function private.choose_team(uuid) owner to rls_definer;
grant execute on function private.choose_team(uuid) to authenticated, app_definer;

-- 23505 of a slug that an invisible row holds would tell that it exists; with a random end nobody can ask.
create function private.name_script() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.team_id is not null or new.user_id is not null then
    new.slug := trim(both '-' from left(regexp_replace(lower(new.slug), '[^a-z0-9]+', '-', 'g'), 60));
    new.slug := coalesce(nullif(new.slug, ''), 'script') || '-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 10);
  end if;
  return new;
end
$$;
comment on function private.name_script() is 'Gives the slug of a script that is not the platform''s a random end.';

create trigger scripts_name_script before insert on public.scripts
  for each row execute function private.name_script();

create function private.keep_version() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.script_content is not null then
    insert into public.script_versions (script_id, version, content, sha256, created_by)
    select new.id, 1 + coalesce(max(v.version), 0), new.script_content,
           encode(sha256(convert_to(new.script_content, 'UTF8')), 'hex'), auth.uid()
      from public.script_versions as v where v.script_id = new.id;
  end if;
  return null;
end
$$;
comment on function private.keep_version() is 'Keeps every text that a script ever had.';
alter function private.keep_version() owner to app_definer;

create trigger scripts_keep_first_version after insert on public.scripts
  for each row execute function private.keep_version();
create trigger scripts_keep_version after update of script_content on public.scripts
  for each row when (old.script_content is distinct from new.script_content) execute function private.keep_version();

create function public.save_script(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid := private.choose_team((p ->> 'team_id')::uuid);
  v_id uuid;
begin
  insert into public.scripts (slug, name, description, category, qubits, file_path, script_content, requirements, framework, script_type,
                              default_parameters, is_public, user_id, team_id)
  values (p ->> 'name', p ->> 'name', p ->> 'description', coalesce(p ->> 'category', 'Uncategorized'), coalesce((p ->> 'qubits')::integer, 2),
          '', p ->> 'content', p ->> 'requirements', p ->> 'framework', nullif(p ->> 'script_type', 'script'),
          coalesce(p -> 'default_parameters', '{}'), false, auth.uid(), v_team)
  returning id into v_id;
  return v_id;
end
$$;
comment on function public.save_script(jsonb) is 'A new script of a live team, in the caller''s name. Returns its id.';
alter function public.save_script(jsonb) owner to app_definer;
grant execute on function public.save_script(jsonb) to authenticated;

create function public.save_job_as_script(p_job uuid, p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_job public.job_runs;
begin
  select * into v_job from public.job_runs as j where j.id = p_job and j.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such job, or not one that you may see.', detail = 'not_found';
  elsif v_job.inline_code is null then
    raise sqlstate 'PT409' using message = 'The job ran a saved script.', detail = 'conflict', hint = 'Its script_id names the script.';
  elsif v_job.status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT409' using message = 'The job has not ended yet.', detail = 'conflict', hint = 'Save it when it has ended.';
  end if;
  return public.save_script(p || jsonb_build_object(
    'team_id', v_job.team_id, 'content', v_job.inline_code, 'framework', v_job.framework,
    'default_parameters', coalesce(v_job.parameters, '{}')));
end
$$;
comment on function public.save_job_as_script(uuid, jsonb) is 'A new script from an ended inline job: its code, framework and parameters.';
alter function public.save_job_as_script(uuid, jsonb) owner to app_definer;
grant execute on function public.save_job_as_script(uuid, jsonb) to authenticated;

-- p holds what changes, by column; is_active false deletes.
create function public.change_script(p_script uuid, p jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.scripts;
begin
  select * into v from public.scripts as s where s.id = p_script and s.is_active for update;
  if not found or not coalesce(v.is_public or (v.team_id is null and v.user_id is null) or v.team_id = any (private.my_teams())
                               or v.user_id = private.my_own(), false) then
    raise sqlstate 'PT404' using message = 'No such script, or not one that you may see.', detail = 'script_not_found';
  elsif v.team_id is null or v.team_id <> all (private.my_teams()) then
    raise sqlstate 'PT403' using message = 'The script is not one of your team.', detail = 'permission_denied',
      hint = 'Upload a copy of your own.';
  end if;
  perform private.choose_team(v.team_id);
  if v.user_id is distinct from auth.uid() and not private.is_leader(v.team_id) then
    raise sqlstate 'PT403' using message = 'Only its author, an admin or the owner may change a script.', detail = 'permission_denied';
  elsif p ? 'is_public' and (p ->> 'is_public')::boolean is distinct from coalesce(v.is_public, false) and not private.is_leader(v.team_id) then
    raise sqlstate 'PT403' using message = 'Only an admin or the owner may publish a script.', detail = 'permission_denied';
  end if;
  v := jsonb_populate_record(v, p - array['id', 'slug', 'file_path', 'user_id', 'team_id', 'created_at', 'updated_at']);
  update public.scripts as s
     set name = v.name, description = v.description, category = v.category, qubits = v.qubits, script_content = v.script_content,
         requirements = v.requirements, framework = v.framework, script_type = nullif(v.script_type, 'script'),
         default_parameters = v.default_parameters, is_public = v.is_public, is_active = v.is_active
   where s.id = p_script;
end
$$;
comment on function public.change_script(uuid, jsonb) is 'Changes a script: its author, an admin or the owner; publishing: an admin or the owner.';
alter function public.change_script(uuid, jsonb) owner to app_definer;
grant execute on function public.change_script(uuid, jsonb) to authenticated;

create function public.record_analysis(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_id uuid;
begin
  insert into public.script_analyses (user_id, team_id, backend, shots, content_sha256, checks, cost)
  values (auth.uid(), private.choose_team((p ->> 'team_id')::uuid), p ->> 'backend', (p ->> 'shots')::integer, p ->> 'content_sha256',
          p -> 'checks', p -> 'cost')
  returning id into v_id;
  return v_id;
end
$$;
comment on function public.record_analysis(jsonb) is 'Keeps what an analysis found, for the submit that refers to it.';
alter function public.record_analysis(jsonb) owner to app_definer;
grant execute on function public.record_analysis(jsonb) to authenticated;
