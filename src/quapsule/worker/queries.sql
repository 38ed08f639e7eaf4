-- name: claim_jobs
select * from worker.claim_jobs(%(worker)s, %(limit)s, %(lease_seconds)s)

-- name: finish_jobs
select job_id, recorded from worker.finish_jobs(%(outcomes)s::jsonb)

-- name: renew_leases
select job_id, held, cancel from worker.renew_leases(%(worker)s, %(jobs)s::uuid[], %(fences)s::bigint[], %(lease_seconds)s)

-- name: note_workflow
select worker.note_workflow(%(job)s, %(fence)s, %(metadata)s::jsonb)

-- name: requeue_job
select worker.requeue_job(%(job)s, %(fence)s, %(reason)s)

-- name: sweep
select requeued, failed, errands from worker.sweep(%(max_attempts)s)

-- name: claim_errands
select * from worker.claim_errands(%(worker)s, %(looks)s, %(plays)s)

-- name: errands_wanted
select worker.errands_wanted(%(worker)s, %(errands)s::uuid[])

-- name: finish_errand
select worker.finish_errand(%(worker)s, %(errand)s, %(output)s::jsonb)

-- name: note_worker
select worker.note_worker(%(worker)s, %(slots)s, %(layers)s::jsonb, %(providers)s::text[])

-- name: forget_worker
select worker.forget_worker(%(worker)s)

-- name: queue_depth
select pending, running from worker.queue_depth()

-- name: intend_task
select seq, client_token, provider_task_id, status, intended_before
  from worker.intend_task(%(job)s, %(fence)s, %(backend)s, %(program_sha256)s, %(shots)s, %(ordinal)s, %(price_usd)s::numeric,
                          %(limit_usd)s::numeric, '{}')

-- name: note_task
select worker.note_task(%(job)s, %(fence)s, %(seq)s, %(status)s, %(provider_task_id)s, %(cost_usd)s::numeric, %(calibration_id)s,
                        %(detail)s::jsonb)

-- name: note_queued
select worker.note_queued(%(job)s, %(fence)s)

-- name: note_running
select worker.note_running(%(job)s, %(fence)s)

-- name: claim_orphans
select job_id, seq, backend, client_token, provider_task_id, status, shots, age_seconds
  from worker.claim_orphans(%(arns)s, %(limit)s, %(again_seconds)s)

-- name: close_task
select worker.close_task(%(job)s, %(seq)s, %(status)s, %(provider_task_id)s, %(cost_usd)s::numeric, %(detail)s::jsonb)

-- name: note_calibration
select worker.note_calibration(%(backend)s, %(sha256)s, %(taken_at)s, %(format)s, %(source)s, %(content)s::jsonb, %(description)s::jsonb)

-- name: claim_seal_request
select id, capsule_id, kind, requested_by, requested_name, notes, meaning, requested_at, attempts from worker.claim_seal_request(%(worker)s)

-- name: renew_seal_request
select worker.renew_seal_request(%(request)s, %(worker)s)

-- name: finish_seal_request
select worker.finish_seal_request(%(request)s, %(worker)s, %(problem)s::jsonb, %(final)s)

-- name: close_seal_request
select worker.close_seal_request(%(request)s)

-- name: capsule_material
select worker.capsule_material(%(capsule)s)

-- name: capsule_files
select name, artifact_type, content_type, size_bytes, sha256, digest, storage_path from worker.capsule_files(%(capsule)s)

-- name: artifact_contents
select name, content from worker.artifact_contents(%(capsule)s, %(names)s::text[])

-- name: fill_capsule
select worker.fill_capsule(%(capsule)s, %(status)s, %(files)s::jsonb, %(executions)s::jsonb, %(total_shots)s)

-- name: lock_capsule
select name, lifecycle_state, regulatory_framework, mqc_id, request_open, now from worker.lock_capsule(%(capsule)s, %(request)s)

-- name: open_log
select tree_size, levels, indexes, hashes from worker.open_log()

-- name: append_to_log
select worker.append_to_log(%(capsule)s, %(seq)s, %(entry)s, %(levels)s::integer[], %(indexes)s::bigint[], %(hashes)s::bytea[])

-- name: record_checkpoint
select worker.record_checkpoint(%(tree_size)s, %(root)s, %(note)s)

-- name: record_seal
select worker.record_seal(%(capsule)s, %(files)s::jsonb, %(manifest)s, %(canonical)s, %(checksums)s, %(sealed_at)s, %(sealed_by)s, %(log_seq)s)

-- name: record_signature
select worker.record_signature(%(capsule)s, %(key_id)s, %(signer_id)s, %(signer_name)s, %(meaning)s, %(signed_at)s, %(envelope)s)

-- name: ask_to_stamp
select worker.ask_to_stamp(%(capsule)s)

-- name: record_timestamp
select worker.record_timestamp(%(capsule)s, %(authority)s, %(token)s, %(stamped_at)s)

-- name: register_platform_key
select worker.register_platform_key(%(key_id)s, %(public_key)s, %(holder)s)

-- name: unused_objects
select worker.unused_objects(%(keys)s::text[])

-- name: ask_to_fill
select worker.ask_to_fill(%(capsule)s)
