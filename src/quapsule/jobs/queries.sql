-- name: submit_job
select public.submit_job(%(submission)s::jsonb)

-- name: cancel_job
select public.cancel_job(%(job_id)s)

-- name: retry_job
select public.retry_job(%(job_id)s, %(jobs_per_day)s)

-- name: find_statuses
select j.id, j.status, j.backend, j.created_at, j.updated_at, round(j.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       j.error_message, j.error_details,
       case when j.status in ('completed', 'failed', 'cancelled') then (
         select jsonb_agg(jsonb_build_object('result_type', r.result_type, 'result_data', r.result_data, 'shots', r.shots))
           from public.job_results as r where r.job_run_id = j.id) end as results
  from public.job_runs as j
 where j.id = any (%(job_ids)s)

-- name: list_jobs
select j.id, j.team_id, j.user_id, j.script_id, s.name as script_name, j.capsule_name, j.framework, j.status, j.backend, (j.parameters ->> 'shots')::numeric::integer as shots,
       j.execution_mode, round(j.estimated_cost_usd, 6)::float8 as estimated_cost_usd, round(j.actual_cost_usd, 6)::float8 as actual_cost_usd,
       j.wall_time_seconds::float8, j.error_message, j.created_at, j.started_at, j.completed_at, j.updated_at,
       array(select jsonb_array_elements_text(e.detail -> 'flags') from public.job_events as e
              where e.job_id = j.id and e.event in ('job.completed', 'job.failed', 'job.cancelled')) as flags
  from public.job_runs as j
  left join public.scripts as s on s.id = j.script_id
 where true

-- name: find_job
select j.id, j.team_id, j.user_id, j.script_id, s.name as script_name, s.slug as script_slug, j.inline_code, j.framework, j.status, j.backend,
       coalesce(j.parameters, '{}') as parameters, coalesce(j.execution_mode, 'direct') as execution_mode, j.workflow_metadata,
       coalesce(j.create_capsule, false) as create_capsule, j.capsule_name,
       (select c.id from public.capsules as c where c.job_id = j.id order by c.created_at, c.id limit 1) as capsule_id, j.started_at, j.completed_at, j.wall_time_seconds::float8,
       j.quantum_time_seconds::float8, round(j.estimated_cost_usd, 6)::float8 as estimated_cost_usd,
       round(j.actual_cost_usd, 6)::float8 as actual_cost_usd, j.error_message, j.error_details, j.created_at, j.updated_at,
       (select l.retried_from from public.job_lineage as l where l.job_id = j.id) as retried_from,
       array(select l.job_id from public.job_lineage as l where l.retried_from = j.id) as retries
  from public.job_runs as j
  left join public.scripts as s on s.id = j.script_id
 where j.id = %(job_id)s

-- name: list_results
select r.id, r.result_type, r.result_data, r.shots, r.quantum_time_seconds::float8, r.created_at
  from public.job_results as r
 where r.job_run_id = %(job_id)s
 order by r.created_at, r.id

-- name: list_programs
select p.kind, p.seq, p.format, p.content, p.sha256, p.created_at
  from public.job_programs as p
 where p.job_id = %(job_id)s
 order by p.kind, p.seq

-- name: list_certificates
select c.seq, c.hop, c.method, c.result, c.certificate, c.created_at
  from public.job_certificates as c
 where c.job_id = %(job_id)s
 order by c.seq

-- name: list_tasks
select t.seq, t.backend, t.provider_task_id, t.status, t.shots, t.program_sha256, t.calibration_id, t.emulated, t.attempt,
       t.cost_usd::float8 as cost_usd, t.created_at, t.submitted_at, t.ended_at, t.detail
  from public.job_tasks as t
 where t.job_id = %(job_id)s
 order by t.seq

-- name: list_attempts
select a.attempt, a.worker, a.started_at, a.ended_at, a.outcome
  from public.job_attempts as a
 where a.job_id = %(job_id)s
 order by a.attempt

-- name: list_traces
select e.id, e.event, e.attempt, e.at, extract(epoch from e.at - min(e.at) over ())::float8 * 1000 as elapsed_ms, e.detail
  from public.job_events as e
 where e.job_id = %(job_id)s
 order by e.at, e.id

-- name: find_log
select coalesce(l.content, '') as content, coalesce(l.truncated, false) as truncated, l.created_at
  from public.job_runs as j
  left join public.job_logs as l on l.job_id = j.id
 where j.id = %(job_id)s

-- name: see_job
select exists (select 1 from public.job_runs as j where j.id = %(job_id)s)

-- name: mean_seconds
select avg(w.wall_time_seconds)::float8
  from (select j.wall_time_seconds from public.job_runs as j
         where j.team_id = any ((select private.my_teams())::uuid[]) and j.backend = %(backend)s and j.status = 'completed'
         order by j.created_at desc limit 20) as w

-- name: measure_usage
-- One pass over the team's jobs of the time, by its page index; grouping() says which of the four tables a row is of.
select grouping(j.backend, j.user_id, j.created_on)::integer as grouped, j.backend, j.user_id, j.created_on as day,
       count(*) as jobs, count(*) filter (where j.status = 'completed') as completed, count(*) filter (where j.status = 'failed') as failed,
       count(*) filter (where j.status = 'cancelled') as cancelled,
       coalesce(sum(j.shots) filter (where j.status = 'completed'), 0)::bigint as shots,
       coalesce(sum(j.wall_time_seconds), 0)::float8 as wall_time_seconds, coalesce(round(sum(j.actual_cost_usd), 6), 0)::float8 as cost_usd
  from (select r.backend, r.user_id, (r.created_at at time zone 'UTC')::date as created_on, r.status, r.wall_time_seconds, r.actual_cost_usd,
               (r.parameters ->> 'shots')::numeric as shots
          from public.job_runs as r
         where r.team_id = %(team_id)s and r.created_at >= %(since)s and r.created_at < %(until)s) as j
 group by grouping sets ((), (j.backend), (j.user_id), (j.created_on))

-- name: name_people
select p.id, coalesce(nullif(p.name, ''), p.email) as name from private.people as p where p.id = any (%(user_ids)s)
