-- name: claim_jobs
select * from worker.claim_jobs(%(worker)s, %(limit)s, %(lease_seconds)s)

-- name: finish_jobs
select job_id, recorded from worker.finish_jobs(%(outcomes)s::jsonb)

-- name: renew_leases
select job_id, held, cancel from worker.renew_leases(%(worker)s, %(jobs)s::uuid[], %(fences)s::bigint[], %(lease_seconds)s)

-- name: requeue_job
select worker.requeue_job(%(job)s, %(fence)s, %(reason)s)

-- name: sweep
select requeued, failed, errands from worker.sweep(%(max_attempts)s)

-- name: claim_errands
select * from worker.claim_errands(%(worker)s, %(limit)s)

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
