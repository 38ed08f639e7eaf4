-- What the worker, sole holder of the platform's key, may do for capsules: fill them with what their job left, seal them, sign and stamp.

grant select, insert, update on public.capsules, public.seal_requests to app_definer;
grant select, insert, update, delete on public.capsule_artifacts, public.capsule_task_executions to app_definer;
grant select, insert on public.capsule_seals, public.capsule_signatures, public.capsule_timestamps, public.signing_keys to app_definer;
grant select, insert on private.seal_log, private.seal_nodes, private.checkpoints to app_definer;
grant select on public.job_runs, public.job_results, public.job_programs, public.job_certificates, public.job_logs, public.job_events,
  public.job_attempts, public.job_lineage, public.job_tasks, public.calibrations, public.backends, public.scripts, public.teams to app_definer;

-- Reading --------------------------------------------------------------------------------------------------------------------------------

create function private.capsule_job(p_job uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'job', to_jsonb(j) || jsonb_build_object(
      'script_name', s.name, 'script_slug', s.slug, 'requirements', s.requirements,
      'retried_from', (select l.retried_from from public.job_lineage l where l.job_id = j.id)),
    'programs', coalesce((select jsonb_agg(jsonb_build_object('kind', p.kind, 'seq', p.seq, 'format', p.format, 'content', p.content,
                                                              'sha256', p.sha256) order by p.kind, p.seq)
                            from public.job_programs p where p.job_id = j.id), '[]'),
    'certificates', coalesce((select jsonb_agg(jsonb_build_object('seq', c.seq, 'hop', c.hop, 'method', c.method, 'result', c.result,
                                                                  'certificate', c.certificate) order by c.seq)
                                from public.job_certificates c where c.job_id = j.id), '[]'),
    'results', coalesce((select jsonb_agg(jsonb_build_object('result_type', r.result_type, 'result_data', r.result_data, 'shots', r.shots,
                                                             'created_at', r.created_at)
                                          order by r.created_at, r.result_type, (r.result_data ->> 'circuit_index')::integer, r.id)
                           from public.job_results r where r.job_run_id = j.id), '[]'),
    'tasks', coalesce((select jsonb_agg(to_jsonb(t) order by t.seq) from public.job_tasks t where t.job_id = j.id), '[]'),
    'attempts', coalesce((select jsonb_agg(to_jsonb(a) order by a.attempt) from public.job_attempts a where a.job_id = j.id), '[]'),
    'events', coalesce((select jsonb_agg(jsonb_build_object('event', e.event, 'attempt', e.attempt, 'at', e.at, 'detail', e.detail)
                                         order by e.at, e.id)
                          from public.job_events e where e.job_id = j.id), '[]'),
    'log', (select jsonb_build_object('content', l.content, 'truncated', l.truncated) from public.job_logs l where l.job_id = j.id),
    'backend', (select to_jsonb(b) from public.backends b where b.slug = j.backend),
    'calibrations', coalesce((select jsonb_agg(jsonb_build_object(
                                       'id', k.id, 'backend', k.backend, 'sha256', k.sha256, 'taken_at', k.taken_at, 'format', k.format,
                                       'source', k.source, 'content', k.content, 'description', k.description) order by k.taken_at, k.id)
                                from public.calibrations k
                               where k.id in (select t.calibration_id from public.job_tasks t where t.job_id = j.id)), '[]'),
    'quote', jsonb_build_object('estimated_cost_usd', j.estimated_cost_usd,
                                'pricing', (select b.pricing from public.backends b where b.slug = j.backend)))
    from public.job_runs j left join public.scripts s on s.id = j.script_id
   where j.id = p_job
$$;
comment on function private.capsule_job(uuid) is 'The part of a capsule''s material that is about its job.';
grant execute on function private.capsule_job(uuid) to app_definer;

create function worker.capsule_material(p_capsule uuid) returns jsonb
language sql stable security definer set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
           'job', null, 'programs', '[]'::jsonb, 'certificates', '[]'::jsonb, 'results', '[]'::jsonb, 'tasks', '[]'::jsonb,
           'attempts', '[]'::jsonb, 'events', '[]'::jsonb, 'log', null, 'backend', null, 'calibrations', '[]'::jsonb, 'quote', null,
           'capsule', to_jsonb(c),
           'parent', (select jsonb_build_object('id', p.id, 'name', p.name, 'mqc_id', (
                               select s.mqc_id from public.capsule_seals s where s.capsule_id = p.id))
                        from public.capsules p where p.id = c.parent_capsule_id),
           'team', (select jsonb_build_object('id', t.id, 'name', t.name) from public.teams t where t.id = c.team_id),
           'author', (select jsonb_build_object('id', p.id, 'name', coalesce(p.name, p.email)) from private.people p where p.id = c.user_id),
           'artifacts', coalesce((select jsonb_agg(jsonb_build_object(
                                           'name', a.name, 'artifact_type', a.artifact_type, 'content_type', a.content_type,
                                           'size_bytes', a.size_bytes, 'digest', a.digest, 'storage_path', a.storage_path)
                                           order by a.name collate "C")
                                    from public.capsule_artifacts a where a.capsule_id = c.id), '[]'))
         || coalesce(private.capsule_job(c.job_id), '{}')
    from public.capsules c where c.id = p_capsule
$$;
comment on function worker.capsule_material is 'Everything that is known of a capsule and its job, of one moment, as JSON; NULL: no such capsule.';

create function private.artifact_bytes(p_text text, p_binary bytea) returns bytea
language sql immutable set search_path = '' as $$
  select coalesce(p_binary, convert_to(coalesce(p_text, ''), 'UTF8'))
$$;
comment on function private.artifact_bytes(text, bytea) is 'Bytes of an artifact that lies in the database.';
grant execute on function private.artifact_bytes(text, bytea) to app_definer;

-- What is declared of inline artifacts is not trusted: their size and SHA-256 are those of the bytes.
create function worker.capsule_files(p_capsule uuid)
returns table (name text, artifact_type text, content_type text, size_bytes bigint, sha256 text, digest text, storage_path text)
language sql stable security definer set search_path = '' as $$
  select a.name, a.artifact_type, coalesce(a.content_type, 'application/octet-stream'),
         case when a.storage_path is null then octet_length(private.artifact_bytes(a.content_text, a.content_binary)) else a.size_bytes end,
         case when a.storage_path is null then encode(sha256(private.artifact_bytes(a.content_text, a.content_binary)), 'hex') end,
         a.digest, a.storage_path
    from public.capsule_artifacts a where a.capsule_id = p_capsule order by a.name collate "C"
$$;
comment on function worker.capsule_files is 'A capsule''s artifacts without their content; sha256, in hex, is computed here, and NULL for what lies in the object store.';

create function worker.artifact_contents(p_capsule uuid, p_names text[]) returns table (name text, content bytea)
language sql stable security definer set search_path = '' as $$
  select a.name, private.artifact_bytes(a.content_text, a.content_binary)
    from public.capsule_artifacts a where a.capsule_id = p_capsule and a.name = any (p_names) and a.storage_path is null
$$;
comment on function worker.artifact_contents is 'Bytes of artifacts that lie in the database.';

create function worker.artifact_content(p_capsule uuid, p_name text) returns bytea
language sql stable security definer set search_path = '' as $$
  select f.content from worker.artifact_contents(p_capsule, array[p_name]) f
$$;
comment on function worker.artifact_content is 'Bytes of an artifact that lies in the database; NULL: there is none, or it lies in the object store.';

-- Filling --------------------------------------------------------------------------------------------------------------------------------

create function private.put_artifacts(p_capsule uuid, p_files jsonb) returns void
language sql volatile set search_path = '' as $$
  insert into public.capsule_artifacts as a
         (capsule_id, name, artifact_type, content_type, size_bytes, digest, storage_path, content_text, content_binary)
  select p_capsule, f.name, f.artifact_type, f.content_type, f.size_bytes, 'sha256:' || f.sha256, f.storage_path, f.content_text,
         decode(f.content_base64, 'base64')
    from jsonb_to_recordset(p_files) as f (name text, artifact_type text, content_type text, size_bytes bigint, sha256 text,
                                           storage_path text, content_text text, content_base64 text)
  on conflict (capsule_id, name) do update
     set artifact_type = excluded.artifact_type, content_type = excluded.content_type, size_bytes = excluded.size_bytes,
         digest = excluded.digest, storage_path = excluded.storage_path, content_text = excluded.content_text,
         content_binary = excluded.content_binary
   where (a.artifact_type, a.content_type, a.digest, a.storage_path)
         is distinct from (excluded.artifact_type, excluded.content_type, excluded.digest, excluded.storage_path)
      or private.artifact_bytes(a.content_text, a.content_binary)
         is distinct from private.artifact_bytes(excluded.content_text, excluded.content_binary)
$$;
comment on function private.put_artifacts(uuid, jsonb) is 'Adds artifacts, or replaces those that bear their names and differ.';
grant execute on function private.put_artifacts(uuid, jsonb) to app_definer;

create function private.put_task_executions(p_capsule uuid, p_executions jsonb) returns void
language sql volatile set search_path = '' as $$
  delete from public.capsule_task_executions e where e.capsule_id = p_capsule;

  insert into public.capsule_task_executions
         (capsule_id, task_id, backend, start_time, end_time, wall_time_seconds, queue_time_seconds, cost_usd, shots, job_id,
          qpu_calibration, outputs_digest)
  select p_capsule, e.task_id, e.backend, e.start_time, e.end_time, extract(epoch from e.end_time - e.start_time),
         coalesce(greatest(0, extract(epoch from e.start_time - e.asked_at)), 0), coalesce(e.cost_usd, 0), e.shots, e.job_id,
         nullif(e.calibration, 'null'), e.outputs_digest
    from jsonb_to_recordset(p_executions) as e (task_id text, backend text, asked_at timestamptz, start_time timestamptz,
                                                end_time timestamptz, cost_usd numeric, shots integer, job_id text, calibration jsonb,
                                                outputs_digest text)
$$;
comment on function private.put_task_executions(uuid, jsonb) is 'Writes a capsule''s task executions anew.';
grant execute on function private.put_task_executions(uuid, jsonb) to app_definer;

-- True: written. False: the capsule is sealed, gone, or was filled from a state of its job that is no longer the last.
create function worker.fill_capsule(p_capsule uuid, p_status text, p_files jsonb, p_executions jsonb, p_total_shots bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_capsule public.capsules;
  v_job public.job_runs;
begin
  select * into v_capsule from public.capsules c where c.id = p_capsule for no key update;
  select * into v_job from public.job_runs j where j.id = v_capsule.job_id;
  if v_job.id is null or v_job.status <> p_status or v_capsule.lifecycle_state not in ('draft', 'runnable') then
    return false;
  end if;
  perform private.put_artifacts(p_capsule, p_files);
  perform private.put_task_executions(p_capsule, p_executions);
  update public.capsules c
     set started_at = v_job.started_at, completed_at = v_job.completed_at, wall_time_seconds = v_job.wall_time_seconds,
         num_tasks = jsonb_array_length(p_executions), total_shots = least(p_total_shots, 2147483647),
         estimated_cost_usd = v_job.estimated_cost_usd, actual_cost_usd = coalesce(v_job.actual_cost_usd, 0),
         cost_breakdown = coalesce((
           select jsonb_agg(jsonb_build_object('task_id', e.task_id, 'backend', e.backend, 'shots', e.shots, 'cost_usd', e.cost_usd)
                            order by e.start_time, e.task_id)
             from public.capsule_task_executions e where e.capsule_id = p_capsule), '[]'),
         lifecycle_state = case when v_job.status in ('completed', 'failed', 'cancelled') then 'runnable' else c.lifecycle_state end
   where c.id = p_capsule
  returning * into v_capsule;
  if v_capsule.lifecycle_state = 'runnable' and v_capsule.custom_metadata @> '{"seal_when_done": true}'
     and not exists (select 1 from public.seal_requests r where r.capsule_id = p_capsule and r.kind = 'seal') then
    insert into public.seal_requests (capsule_id, kind, requested_by, requested_name)
    values (p_capsule, 'seal', v_capsule.user_id,
            (select coalesce(p.name, p.email) from private.people p where p.id = v_capsule.user_id))
    on conflict do nothing;
  end if;
  return true;
end
$$;
comment on function worker.fill_capsule is
  'Writes what a capsule''s job has left so far, runnable once it has ended, and asks for the seal where that was wished. p_status: the job''s, in the material that the files were made from.';

-- Sealing --------------------------------------------------------------------------------------------------------------------------------

-- Not `for update`: that would also stop whoever only refers to the capsule, such as a job's end that asks to fill it. Who adds an
-- artifact takes the row `for share` (private.guard_capsule_child), which waits for this lock as well.
create function worker.lock_capsule(p_capsule uuid, p_request uuid)
returns table (name text, lifecycle_state text, regulatory_framework text, mqc_id text, request_open boolean, now timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform 1 from public.capsules c where c.id = p_capsule for no key update;
  update public.capsule_artifacts a
     set size_bytes = octet_length(private.artifact_bytes(a.content_text, a.content_binary)),
         digest = 'sha256:' || encode(sha256(private.artifact_bytes(a.content_text, a.content_binary)), 'hex')
    from public.capsules c
   where c.id = p_capsule and c.lifecycle_state in ('draft', 'runnable') and a.capsule_id = p_capsule and a.storage_path is null
     and (a.digest is null or a.size_bytes is null);
  return query
  select c.name, c.lifecycle_state, c.regulatory_framework, (select s.mqc_id from public.capsule_seals s where s.capsule_id = c.id),
         exists (select 1 from public.seal_requests r where r.id = p_request and r.done_at is null), clock_timestamp()
    from public.capsules c where c.id = p_capsule;
end
$$;
comment on function worker.lock_capsule is
  'Holds a capsule and its artifacts until the transaction ends, and says what it is, by which time, and whether the request still stands.';

-- One writer at a time; the lock is the last that a seal takes, and ends with it.
create function worker.open_log() returns table (tree_size bigint, levels integer[], indexes bigint[], hashes bytea[])
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_size bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('quapsule.seal_log', 0));
  select coalesce(max(l.seq) + 1, 0) into v_size from private.seal_log l;
  return query
  select v_size, coalesce(array_agg(n.level order by n.level), '{}'), coalesce(array_agg(n.index order by n.level), '{}'),
         coalesce(array_agg(n.hash order by n.level), '{}')
    from generate_series(0, 62) as l (level)
    join private.seal_nodes n on n.level = l.level and n.index = (v_size >> l.level) - 1
   where (v_size >> l.level) & 1 = 1;
end
$$;
comment on function worker.open_log is 'The log''s size and the hashes of the complete subtrees that it falls into, held until the transaction ends.';

create function worker.append_to_log(
  p_capsule uuid, p_seq bigint, p_entry bytea, p_levels integer[], p_indexes bigint[], p_hashes bytea[]
) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.seal_log (seq, capsule_id, entry, leaf) values (p_seq, p_capsule, p_entry, p_hashes[1]);
  insert into private.seal_nodes (level, index, hash) select n.* from unnest(p_levels, p_indexes, p_hashes) as n (level, index, hash)
$$;
comment on function worker.append_to_log is 'Adds one entry to the seal log, with the subtrees that it completes, its own leaf first.';

create function worker.record_checkpoint(p_tree_size bigint, p_root bytea, p_note text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.checkpoints (tree_size, root, note) values (p_tree_size, p_root, p_note)
$$;
comment on function worker.record_checkpoint is 'Keeps a signed head of the seal log.';

create function worker.close_seal_request(p_request uuid) returns void
language sql volatile security definer set search_path = '' as $$
  update public.seal_requests r set done_at = clock_timestamp(), claimed_by = null, problem = null where r.id = p_request and r.done_at is null
$$;
comment on function worker.close_seal_request is 'In the transaction that did what was asked: done, also where another worker has taken it over meanwhile.';

create function worker.record_seal(
  p_capsule uuid, p_files jsonb, p_manifest bytea, p_canonical bytea, p_checksums bytea, p_sealed_at timestamptz, p_sealed_by uuid,
  p_log_seq bigint
) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_mqc_id text := 'mqc:1:' || encode(sha256(p_canonical), 'hex');
  v_lines text;
begin
  perform private.put_artifacts(p_capsule, p_files);
  select string_agg(a.digest || '  ' || replace(a.name, '%', '%25') || E'\n', '' order by replace(a.name, '%', '%25') collate "C") into v_lines
    from public.capsule_artifacts a where a.capsule_id = p_capsule;
  if coalesce(v_lines, '') <> convert_from(p_checksums, 'UTF8') then
    raise exception 'the checksums of capsule % are not those of its artifacts', p_capsule;
  end if;
  update public.capsules c
     set lifecycle_state = 'sealed', sealed_at = p_sealed_at, sealed_by = p_sealed_by,
         digests = jsonb_build_object('capsule_id', v_mqc_id, 'checksums_digest', 'sha256:' || encode(sha256(p_checksums), 'hex'),
                                      'manifest_sha256', encode(sha256(p_manifest), 'hex'))
   where c.id = p_capsule and c.lifecycle_state in ('draft', 'runnable');
  if not found then
    raise exception 'capsule % is sealed', p_capsule;
  end if;
  insert into public.capsule_seals (capsule_id, mqc_id, origin, manifest, canonical, checksums, sealed_at, log_seq)
  values (p_capsule, v_mqc_id, 'here', p_manifest, p_canonical, p_checksums, p_sealed_at, p_log_seq);
end
$$;
comment on function worker.record_seal is 'Draft or runnable → sealed, with the files that the seal adds and the bytes as they were hashed. Raises when the checksums are not those of the artifacts.';

create function worker.record_signature(
  p_capsule uuid, p_key_id text, p_signer_id uuid, p_signer_name text, p_meaning text, p_signed_at timestamptz, p_envelope text
) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.capsule_signatures (capsule_id, key_id, kind, signer_id, signer_name, meaning, signed_at, envelope)
  values (p_capsule, p_key_id, 'platform', p_signer_id, p_signer_name, p_meaning, p_signed_at, p_envelope)
$$;
comment on function worker.record_signature is 'Keeps a signature by the platform''s key: its own, or as a witness of a person who gave the password again.';

create function worker.ask_to_stamp(p_capsule uuid) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.seal_requests (capsule_id, kind) values (p_capsule, 'stamp') on conflict do nothing
$$;
comment on function worker.ask_to_stamp is 'Asks for a timestamp of a sealed capsule, which a worker fetches after the seal.';

create function worker.record_timestamp(p_capsule uuid, p_authority text, p_token bytea, p_stamped_at timestamptz) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.capsule_timestamps (capsule_id, authority, token, stamped_at) values (p_capsule, p_authority, p_token, p_stamped_at)
  on conflict do nothing
$$;
comment on function worker.record_timestamp is 'Keeps an authority''s timestamp of a capsule''s id; the first one stays.';

create function worker.register_platform_key(p_key_id text, p_public_key bytea, p_name text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.signing_keys (key_id, public_key, kind, name) values (p_key_id, p_public_key, 'platform', p_name) on conflict do nothing;
  if exists (select 1 from public.signing_keys k where k.key_id = p_key_id and (k.kind <> 'platform' or k.revoked_at is not null)) then
    raise sqlstate 'PT503' using message = 'The platform''s key is revoked, or a person''s.', detail = 'not_ready',
      hint = 'Move the key file away, so that the worker makes a new one, or name another in QUAPSULE_SEAL_KEY.';
  end if;
end
$$;
comment on function worker.register_platform_key is 'Says with which key this platform signs; refuses one that was revoked.';

create function worker.unused_objects(p_keys text[]) returns setof text
language sql stable security definer set search_path = '' as $$
  select k.key from unnest(p_keys) as k (key) where not exists (select 1 from public.capsule_artifacts a where a.storage_path = k.key)
$$;
comment on function worker.unused_objects is 'Those of these objects of the object store that no artifact names.';

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_proc p
     where p.pronamespace = 'worker'::regnamespace and p.proowner <> 'app_definer'::regrole
  loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
    execute format('grant execute on function %s to worker_login', v_function);
  end loop;
end $$;
