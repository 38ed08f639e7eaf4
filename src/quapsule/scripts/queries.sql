-- name: list_scripts
select s.id, s.slug, s.name, s.description, s.category, s.qubits, s.framework, coalesce(s.script_type, 'script') as script_type,
       coalesce(s.default_parameters, '{}') as default_parameters, round(s.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       coalesce(s.is_public, false) as is_public, coalesce(s.is_active, false) as is_active, s.user_id, s.team_id,
       s.team_id is null and s.user_id is null as is_template, s.created_at, s.updated_at
  from public.scripts as s
 where s.is_active

-- name: find_script
select s.id, s.slug, s.name, s.description, s.category, s.qubits, s.framework, coalesce(s.script_type, 'script') as script_type,
       coalesce(s.default_parameters, '{}') as default_parameters, round(s.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       coalesce(s.is_public, false) as is_public, coalesce(s.is_active, false) as is_active, s.user_id, s.team_id,
       s.team_id is null and s.user_id is null as is_template, s.created_at, s.updated_at,
       s.script_content, s.requirements, coalesce(encode(sha256(convert_to(s.script_content, 'UTF8')), 'hex'), '') as source_sha256,
       coalesce((select max(v.version) from public.script_versions as v where v.script_id = s.id), 0) as version
  from public.scripts as s
 where s.id = %(script_id)s and s.is_active

-- name: list_versions
select v.version, v.sha256, v.created_by, v.created_at
  from public.script_versions as v
 where v.script_id = %(script_id)s
 order by v.version desc
 limit 200

-- name: find_version
select v.version, v.sha256, v.created_by, v.created_at, v.content as script_content
  from public.script_versions as v
  join public.scripts as s on s.id = v.script_id and s.is_active
 where v.script_id = %(script_id)s and v.version = %(version)s

-- name: show_scripts
select s.id, s.slug, s.name, s.description, s.category, s.qubits, s.framework, coalesce(s.script_type, 'script') as script_type,
       coalesce(s.default_parameters, '{}') as default_parameters, round(s.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       coalesce(s.is_public, false) as is_public, coalesce(s.is_active, false) as is_active, s.user_id, s.team_id,
       s.team_id is null and s.user_id is null as is_template, s.created_at, s.updated_at
  from public.scripts as s
 where s.id = any (%(script_ids)s)

-- name: find_code
select s.script_content as code, s.framework, s.team_id, coalesce(s.default_parameters, '{}') as default_parameters, s.requirements
  from public.scripts as s
 where (s.id = %(script_id)s or s.slug = %(slug)s) and s.is_active and s.script_content is not null
   and (%(framework)s::text is null or s.framework = %(framework)s or %(script_id)s::uuid is not null)
 order by s.framework is distinct from 'qiskit', s.framework
 limit 1

-- name: save_script
select public.save_script(%(script)s::jsonb)

-- name: save_job
select public.save_job_as_script(%(job_id)s, %(script)s::jsonb)

-- name: change_script
select public.change_script(%(script_id)s, %(changes)s::jsonb)

-- name: record_analysis
select public.record_analysis(%(analysis)s::jsonb)

-- name: ask
select private.ask(%(kind)s, %(input)s::jsonb)

-- name: ask_to_play
select private.ask_to_play(%(kind)s, %(input)s::jsonb, %(qubits)s)

-- name: answer
select private.answer(%(errand_id)s)

-- name: drop_errand
select private.drop_errand(%(errand_id)s)

-- name: workers_alive
select private.workers_alive()

-- name: choose_team
select private.choose_team(coalesce(
  %(team_id)s::uuid, (select t.id from unnest(private.my_teams()) as t (id) where t.id = %(script_team_id)s::uuid)))
