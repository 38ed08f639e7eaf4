-- name: list_capsules
select c.id, c.team_id, c.user_id, c.name, c.description, c.lifecycle_state as state, c.job_id, c.parent_capsule_id, c.regulatory_framework,
       coalesce(c.custom_metadata -> 'tags', '[]') as tags, (select s.mqc_id from public.capsule_seals as s where s.capsule_id = c.id) as mqc_id,
       c.sealed_at, c.created_at, c.updated_at
  from public.search_capsules(%(filters)s::jsonb, %(limit)s, %(before_at)s, %(before_id)s) as c
 order by c.created_at desc, c.id desc

-- name: show_capsules
select c.id, c.team_id, c.user_id, c.name, c.description, c.lifecycle_state as state, c.job_id, c.parent_capsule_id, c.regulatory_framework,
       coalesce(c.custom_metadata -> 'tags', '[]') as tags, (select s.mqc_id from public.capsule_seals as s where s.capsule_id = c.id) as mqc_id,
       c.sealed_at, c.created_at, c.updated_at
  from public.capsules as c
 where c.id = any (%(ids)s)

-- name: find_capsule
select c.id, c.team_id, c.user_id, c.name, c.description, c.version, c.lifecycle_state as state, c.job_id, c.run_id, c.git_sha, c.git_repo,
       c.parent_capsule_id, coalesce(c.custom_metadata, '{}') as custom_metadata, coalesce(c.custom_metadata -> 'tags', '[]') as tags,
       c.started_at, c.completed_at, c.wall_time_seconds::float8, coalesce(c.num_tasks, 0) as num_tasks, coalesce(c.total_shots, 0) as total_shots,
       round(c.max_budget_usd, 6)::float8 as max_budget_usd, round(c.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       round(c.actual_cost_usd, 6)::float8 as actual_cost_usd, c.cost_breakdown, c.digests, c.regulatory_framework, c.retention_years,
       coalesce(c.doi, d.doi) as doi, c.sealed_at, c.sealed_by, c.created_at, c.updated_at,
       s.mqc_id, s.origin, s.log_seq as log_index
  from public.capsules as c
  left join public.capsule_seals as s on s.capsule_id = c.id
  left join public.capsule_dois as d on d.capsule_id = c.id
 where c.id = %(capsule_id)s

-- name: see_capsule
select exists (select 1 from public.capsules as c where c.id = %(capsule_id)s)

-- name: list_task_executions
select t.id, t.task_id, t.backend, t.start_time, t.end_time, t.wall_time_seconds::float8, t.queue_time_seconds::float8,
       round(t.cost_usd, 6)::float8 as cost_usd, t.shots, t.job_id, t.qpu_calibration, t.outputs_digest
  from public.capsule_task_executions as t
 where t.capsule_id = %(capsule_id)s
 order by t.start_time, t.created_at, t.id

-- name: list_requests
select r.id, r.kind, r.requested_by, r.requested_name, r.notes, r.meaning, r.requested_at, r.claimed_at, r.attempts, r.done_at, r.problem
  from public.seal_requests as r
 where r.capsule_id = %(capsule_id)s
 order by r.requested_at desc, r.id
 limit 50

-- name: find_request
select r.id, r.kind, r.requested_by, r.requested_name, r.notes, r.meaning, r.requested_at, r.claimed_at, r.attempts, r.done_at, r.problem
  from public.seal_requests as r
 where r.id = %(request_id)s

-- name: list_children
select c.id from public.capsules as c where c.parent_capsule_id = %(capsule_id)s order by c.created_at, c.id limit 200

-- name: list_changes
select h.id, h.at, h.actor_id, h.actor_name, h.action, h.before, h.after
  from public.capsule_changes as h
 where h.capsule_id = %(capsule_id)s and h.id > %(after)s
 order by h.id
 limit %(limit)s

-- name: see_changes
select exists (select 1 from public.capsules as c where c.id = %(capsule_id)s)
    or exists (select 1 from public.capsule_changes as h where h.capsule_id = %(capsule_id)s)

-- name: save_capsule
select public.save_capsule(%(capsule)s::jsonb)

-- name: change_capsule
select public.change_capsule(%(capsule_id)s, %(changes)s::jsonb)

-- name: delete_capsule
select public.delete_capsule(%(capsule_id)s)

-- name: make_runnable
select public.make_runnable(%(capsule_id)s)

-- name: archive_capsule
select public.archive_capsule(%(capsule_id)s)

-- name: request_seal
select public.request_seal(%(capsule_id)s, %(notes)s, %(meaning)s)

-- name: record_doi
select public.record_doi(%(capsule_id)s, %(doi)s)

-- name: list_artifacts
select a.id, a.name, a.artifact_type, coalesce(a.content_type, 'application/octet-stream') as content_type, coalesce(a.size_bytes, 0) as size_bytes,
       a.digest, a.created_at
  from public.capsule_artifacts as a
 where a.capsule_id = %(capsule_id)s
 order by a.name

-- name: find_artifact
select a.id, a.name, a.artifact_type, coalesce(a.content_type, 'application/octet-stream') as content_type, coalesce(a.size_bytes, 0) as size_bytes,
       a.digest, a.created_at
  from public.capsule_artifacts as a
 where a.capsule_id = %(capsule_id)s and a.name = %(name)s

-- name: list_places
select a.name, a.storage_path from public.capsule_artifacts as a where a.capsule_id = %(capsule_id)s and a.name = any (%(names)s)

-- name: list_contents
select a.name, coalesce(a.content_binary, convert_to(a.content_text, 'UTF8'), '') as content
  from public.capsule_artifacts as a
 where a.capsule_id = %(capsule_id)s and a.name = any (%(names)s) and a.storage_path is null

-- name: add_artifact
select private.add_artifact(%(capsule_id)s, %(artifact)s::jsonb, %(text)s, %(binary)s)

-- name: remove_artifact
select public.remove_artifact(%(capsule_id)s, %(name)s)

-- name: may_change
select (private.draft_to_change(%(capsule_id)s)).id

-- name: find_seal
select s.capsule_id, c.name, s.mqc_id, s.origin, s.manifest, s.canonical, s.checksums, s.sealed_at, s.log_seq, s.foreign_proof,
       c.custom_metadata -> 'imported' ->> 'top' as imported_top, coalesce(c.doi, d.doi) as doi
  from public.capsule_seals as s
  join public.capsules as c on c.id = s.capsule_id
  left join public.capsule_dois as d on d.capsule_id = c.id
 where s.capsule_id = %(capsule_id)s

-- name: choose_team
select private.choose_team(%(team_id)s)

-- name: begin_import
select private.begin_import(%(capsule)s::jsonb)

-- name: import_artifacts
select private.import_artifacts(%(capsule_id)s, %(artifacts)s::jsonb, %(texts)s::text[], %(binaries)s::bytea[])

-- name: end_import
select private.end_import(%(capsule_id)s, %(seal)s::jsonb, %(manifest)s, %(canonical)s, %(checksums)s)

-- name: list_signatures
select s.id, s.key_id, s.kind, s.signer_id, s.signer_name, s.meaning, s.signed_at
  from public.capsule_signatures as s
 where s.capsule_id = %(capsule_id)s
 order by s.meaning <> 'seal', s.signed_at, s.id

-- name: list_envelopes
select s.envelope, s.key_id, k.public_key, k.kind, k.name
  from public.capsule_signatures as s
  join public.signing_keys as k on k.key_id = s.key_id
 where s.capsule_id = %(capsule_id)s
 order by s.meaning <> 'seal', s.signed_at, s.id

-- name: list_timestamps
select t.authority, t.token, t.stamped_at
  from public.capsule_timestamps as t
 where t.capsule_id = %(capsule_id)s
 order by t.stamped_at, t.authority

-- name: request_signature
select public.request_signature(%(capsule_id)s, %(meaning)s)

-- name: add_signature
select private.add_signature(%(capsule_id)s, %(key_id)s, %(meaning)s, %(signed_at)s, %(envelope)s)

-- name: list_my_keys
select k.key_id, k.public_key, k.kind, k.owner_id, k.name, k.created_at, k.revoked_at
  from public.signing_keys as k
 where k.owner_id = auth.uid()
 order by k.created_at desc, k.key_id

-- name: find_my_key
select k.key_id, k.public_key, k.kind, k.owner_id, k.name, k.created_at, k.revoked_at
  from public.signing_keys as k
 where k.owner_id = auth.uid() and k.key_id = %(key_id)s

-- name: register_key
select public.register_signing_key(%(public_key)s)

-- name: revoke_key
select public.revoke_signing_key(%(key_id)s)

-- name: list_platform_keys
select k.key_id, k.public_key, k.kind, k.owner_id, k.name, k.created_at, k.revoked_at from public.seal_log_keys() as k

-- name: become_login
select set_config('role', 'none', true)

-- name: note_reauthentication
select private.note_reauthentication(%(user_id)s)

-- name: become_caller
select set_config('role', 'authenticated', true)

-- name: log_checkpoint
select c.tree_size, c.root, c.note, c.at from public.seal_log_checkpoint() as c

-- name: log_nodes
select n.level, n.index, n.hash from public.seal_log_nodes(%(levels)s, %(indexes)s) as n

-- name: log_index
select public.seal_log_index(%(mqc_id)s)

-- name: list_ancestors
with recursive up as (
  select c.id, c.parent_capsule_id, 0 as depth from public.capsules as c where c.id = %(capsule_id)s
  union all
  select c.id, c.parent_capsule_id, u.depth + 1 from up as u join public.capsules as c on c.id = u.parent_capsule_id where u.depth < %(most)s
)
select distinct u.id from up as u limit %(most)s

-- name: list_descendants
select c.id from public.capsules as c where c.parent_capsule_id = any (%(parents)s) order by c.created_at, c.id limit %(most)s

-- name: list_nodes
select c.id, c.name, c.lifecycle_state as state, c.job_id, c.parent_capsule_id, c.created_at, s.mqc_id
  from public.capsules as c
  left join public.capsule_seals as s on s.capsule_id = c.id
 where c.id = any (%(ids)s)
 order by c.created_at, c.id
