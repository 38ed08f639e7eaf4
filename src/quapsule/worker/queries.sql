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
select worker.note_worker(%(worker)s, %(slots)s, %(layers)s::jsonb)

-- name: forget_worker
select worker.forget_worker(%(worker)s)

-- name: queue_depth
select pending, running from worker.queue_depth()
