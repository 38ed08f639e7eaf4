-- The worker's whole world: its login may execute what stands here and nothing else. A job is taken with a lease and a fence (a number
-- that only grows); every later write names the fence, and one that is no longer the job's writes nothing. Time is always the database's.

grant select, update on public.job_runs to app_definer;
grant select, insert, update on public.job_attempts to app_definer;
grant select, insert on public.job_results, public.job_programs, public.job_certificates, public.job_logs, public.job_events to app_definer;
grant update on public.job_logs to app_definer;
grant select on public.backends, public.scripts to app_definer;
grant select, insert, update, delete on private.job_leases, private.errands, private.workers to app_definer;
grant usage on sequence private.fences to app_definer;

-- What an emulation runs under: the last snapshot of the device.
create function private.calibration_of(p_backend text) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object('calibration', jsonb_build_object(
           'id', c.id, 'sha256', c.sha256, 'taken_at', c.taken_at, 'source', c.source, 'description', c.description))
    from private.calibration_at(p_backend, clock_timestamp()) c
$$;
comment on function private.calibration_of(text) is '{"calibration": {id, sha256, taken_at, source, description}} of a device''s last snapshot; NULL without any.';
grant execute on function private.calibration_of(text) to app_definer;

-- Fair between teams: each connection walks a ring over the teams that wait (one index probe per team), so that a team with ten thousand
-- jobs delays another's only job by one claim. The place on the ring is a setting of the session: losing it costs nothing but the turn.
-- Sequential scans are off since a plan that was made while the table was small would outlive that.
create function worker.claim_jobs(p_worker text, p_limit integer, p_lease_seconds double precision)
returns table (
  job_id uuid, fence bigint, attempt integer, team_id uuid, user_id uuid, script_id uuid, code text, format text, framework text,
  backend jsonb, parameters jsonb, created_at timestamptz, requirements text
)
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_start uuid := coalesce(nullif(current_setting('quapsule.served_team', true), '')::uuid, gen_random_uuid());
  v_cursor uuid := v_start;
  v_wrapped boolean := false;
  v_team uuid;
  v_teams uuid[] := '{}';
  v_jobs uuid[] := '{}';
  v_now timestamptz;
begin
  while cardinality(v_teams) < p_limit loop
    select j.team_id into v_team
      from public.job_runs j where j.status = 'pending' and j.team_id > v_cursor order by j.team_id limit 1;
    if not found then
      exit when v_wrapped;
      v_wrapped := true;
      v_cursor := '00000000-0000-0000-0000-000000000000';
      continue;
    end if;
    exit when v_wrapped and v_team > v_start;
    v_teams := v_teams || v_team;
    v_cursor := v_team;
  end loop;

  for v_index in 1 .. cardinality(v_teams) loop
    exit when cardinality(v_jobs) >= p_limit;
    v_jobs := v_jobs || array(
      select j.id from public.job_runs j
       where j.status = 'pending' and j.team_id = v_teams[v_index] and j.execution_mode is distinct from 'temporal'
       order by j.created_at, j.id
       limit ceil((p_limit - cardinality(v_jobs))::numeric / (cardinality(v_teams) - v_index + 1))
       for no key update skip locked);
  end loop;
  if cardinality(v_teams) > 1 and cardinality(v_jobs) < p_limit then  -- a team had less than its share
    v_jobs := v_jobs || array(
      select j.id from public.job_runs j
       where j.status = 'pending' and j.execution_mode is distinct from 'temporal' and j.id <> all (v_jobs)
       order by j.created_at limit p_limit - cardinality(v_jobs)
       for no key update skip locked);
  end if;
  if cardinality(v_jobs) = 0 then
    return;
  end if;
  perform set_config('quapsule.served_team', v_teams[cardinality(v_teams)]::text, false);
  v_now := clock_timestamp(); -- after the look: a job may have come while we looked, and none runs before it was asked for

  return query
  with taken as (
    update public.job_runs j set status = 'running', started_at = v_now where j.id = any (v_jobs)
    returning j.id, j.team_id, j.user_id, j.script_id, j.framework, j.backend, j.parameters, j.created_at, j.inline_code
  ), numbered as materialized (
    select t.id, nextval('private.fences') as fence,
           1 + coalesce((select max(a.attempt) from public.job_attempts a where a.job_id = t.id), 0) as attempt
      from taken t
  ), leased as (
    insert into private.job_leases as l (job_id, fence, worker, attempt, lease_until)
    select n.id, n.fence, p_worker, n.attempt, v_now + make_interval(secs => p_lease_seconds) from numbered n
    on conflict (job_id) do update
      set fence = excluded.fence, worker = excluded.worker, attempt = excluded.attempt, lease_until = excluded.lease_until,
          cancel_requested_at = null
  ), tried as (
    insert into public.job_attempts (job_id, attempt, fence, worker, started_at)
    select n.id, n.attempt, n.fence, p_worker, v_now from numbered n
  ), told as (
    insert into public.job_events (job_id, attempt, event, at, detail)
    select n.id, n.attempt, 'job.running', v_now, jsonb_build_object('worker', p_worker) from numbered n
  )
  select t.id, n.fence, n.attempt::integer, t.team_id, t.user_id, t.script_id, coalesce(p.content, t.inline_code), p.format, t.framework,
         jsonb_build_object('slug', t.backend, 'name', b.name, 'provider', b.provider, 'device_type', b.device_type,
                            'qubit_count', b.qubit_count, 'max_qubits', b.max_qubits, 'max_shots', b.max_shots, 'target', b.provider_target_id,
                            'tags', coalesce(b.tags, '{}'), 'device_arn', b.device_arn, 'pricing', b.pricing)
           || case when t.parameters @> '{"emulate": true}' then coalesce(private.calibration_of(t.backend), '{}') else '{}' end,
         coalesce(t.parameters, '{}'), t.created_at, s.requirements
    from taken t
    join numbered n on n.id = t.id
    left join public.job_programs p on p.job_id = t.id and p.kind = 'asked' and p.seq = 0
    left join public.backends b on b.slug = t.backend
    left join public.scripts s on s.id = t.script_id
   order by t.created_at;
end $$;
comment on function worker.claim_jobs is 'Takes up to p_limit pending jobs, fairly between teams: running, leased, fenced, attempt and event written.';

-- Leases are locked in the order of their ids here and in finish_jobs, so that a heartbeat and a finish never wait for each other crosswise.
create function worker.renew_leases(p_worker text, p_jobs uuid[], p_fences bigint[], p_lease_seconds double precision)
returns table (job_id uuid, held boolean, cancel boolean)
language sql volatile security definer set search_path = ''
as $$
  with given as (
    select * from unnest(p_jobs, p_fences) as g (job_id, fence)
  ), locked as materialized (
    select l.job_id from private.job_leases l join given g on g.job_id = l.job_id and g.fence = l.fence
     where l.worker = p_worker order by l.job_id for update of l
  ), renewed as (
    update private.job_leases l set lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
      from locked where l.job_id = locked.job_id
    returning l.job_id, l.cancel_requested_at is not null as cancel
  )
  select g.job_id, r.job_id is not null, coalesce(r.cancel, false) from given g left join renewed r on r.job_id = g.job_id
$$;
comment on function worker.renew_leases is 'Prolongs the leases that are still held; tells which are lost and which jobs are to be cancelled.';

-- A job that was cancelled while it ran ends cancelled, whatever its worker says, and keeps no result: the cancel was acknowledged first.
create function worker.finish_jobs(p_outcomes jsonb) returns table (job_id uuid, recorded boolean)
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  return query
  with given as materialized (
    select (o ->> 'job_id')::uuid as job_id, (o ->> 'fence')::bigint as fence, o as outcome from jsonb_array_elements(p_outcomes) o
  ), locked as materialized (
    select l.job_id, l.attempt, l.fence, g.outcome,
           case when l.cancel_requested_at is null then g.outcome ->> 'status' else 'cancelled' end as status
      from private.job_leases l join given g on g.job_id = l.job_id and g.fence = l.fence
     order by l.job_id for update of l
  ), done as materialized (
    update public.job_runs j
       set status = k.status, completed_at = v_now,
           wall_time_seconds = (k.outcome ->> 'wall_time_seconds')::numeric,
           quantum_time_seconds = (k.outcome ->> 'quantum_time_seconds')::numeric,
           -- What a device ran is paid, also by a job that fails after it; what still runs there is added when it ends.
           actual_cost_usd = greatest((k.outcome ->> 'actual_cost_usd')::numeric, (
             select sum(t.cost_usd) from public.job_tasks t
              where t.job_id = k.job_id and not t.emulated and t.status in ('completed', 'failed', 'cancelled'))),
           error_message = case when k.status = 'failed' then k.outcome ->> 'error_message' end,
           error_details = case when k.status = 'failed' then nullif(k.outcome -> 'error_details', 'null') end,
           workflow_metadata = coalesce(nullif(k.outcome -> 'workflow_metadata', 'null'), j.workflow_metadata)
      from locked k
     where j.id = k.job_id and j.status in ('running', 'queued')
    returning j.id, k.attempt, k.fence, k.status, k.outcome
  ), freed as (
    delete from private.job_leases l using locked k where l.job_id = k.job_id
  ), tried as (
    update public.job_attempts a set ended_at = v_now, outcome = d.status from done d where a.job_id = d.id and a.attempt = d.attempt
  ), results as (
    insert into public.job_results (job_run_id, result_type, result_data, shots, quantum_time_seconds)
    select d.id, r ->> 'result_type', r -> 'result_data', (r ->> 'shots')::integer, (r ->> 'quantum_time_seconds')::numeric
      from done d, jsonb_array_elements(d.outcome -> 'results') r
     where d.status = 'completed'
  ), programs as (
    insert into public.job_programs (job_id, kind, seq, format, content, sha256)
    select d.id, p ->> 'kind', (p ->> 'seq')::integer, p ->> 'format', p ->> 'content',
           encode(sha256(convert_to(p ->> 'content', 'UTF8')), 'hex')
      from done d, jsonb_array_elements(d.outcome -> 'programs') p
     where p ->> 'kind' <> 'asked'
    on conflict do nothing
  ), certificates as (
    insert into public.job_certificates (job_id, seq, hop, method, result, certificate)
    select d.id, (c.item ->> 'seq')::integer, c.item ->> 'hop', c.item ->> 'method', c.item ->> 'result', c.item -> 'certificate'
      from done d, jsonb_array_elements(d.outcome -> 'certificates') as c (item)
    on conflict do nothing
  ), tasks as (
    insert into public.job_tasks (job_id, seq, backend, status, program_sha256, shots, calibration_id, emulated, attempt, ended_at, detail)
    select d.id, (t.item ->> 'seq')::integer, t.item ->> 'backend', coalesce(t.item ->> 'status', 'completed'), t.item ->> 'program_sha256',
           (t.item ->> 'shots')::integer, (t.item ->> 'calibration_id')::uuid, true, d.attempt, v_now, coalesce(t.item -> 'detail', '{}')
      from done d, jsonb_array_elements(d.outcome -> 'tasks') as t (item)
    on conflict do nothing
  ), logs as (
    insert into public.job_logs (job_id, content, truncated)
    select d.id, d.outcome -> 'log' ->> 'content', coalesce((d.outcome -> 'log' ->> 'truncated')::boolean, false)
      from done d where d.outcome -> 'log' ->> 'content' is not null
    on conflict (job_id) do update set content = excluded.content, truncated = excluded.truncated
  ), told as (
    insert into public.job_events (job_id, attempt, event, at, detail)
    select d.id, d.attempt, e.event, e.at, e.detail
      from done d
     cross join lateral (
       select x.event, coalesce(x.detail, '{}') as detail, coalesce(x.at, v_now - make_interval(secs => coalesce(x.seconds_ago, 0))) as at
         from jsonb_to_recordset(d.outcome -> 'events') as x (event text, at timestamptz, seconds_ago double precision, detail jsonb)
        where x.event not in ('job.completed', 'job.failed', 'job.cancelled')
       union all
       select 'job.' || d.status,
              case when d.status = 'completed' and d.outcome ? 'flags' then jsonb_build_object('flags', d.outcome -> 'flags') else '{}' end, v_now
     ) e
     order by e.at
  )
  select g.job_id, d.id is not null from given g left join done d on d.id = g.job_id and d.fence = g.fence;
end $$;
comment on function worker.finish_jobs is 'Records outcomes ({job_id, fence, status, results, …}), each wholly or, where the fence is no longer the job''s, not at all.';

create function worker.finish_job(p_job uuid, p_fence bigint, p_outcome jsonb) returns boolean
language sql volatile security definer set search_path = ''
as $$
  select f.recorded from worker.finish_jobs(jsonb_build_array(p_outcome || jsonb_build_object('job_id', p_job, 'fence', p_fence))) f
$$;
comment on function worker.finish_job is 'Records one outcome; false: the lease is lost and nothing was written.';

-- The lease is locked as finish_jobs does it, so that a note never comes after the end.
create function worker.note_workflow(p_job uuid, p_fence bigint, p_metadata jsonb) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if not found then
    return false;
  end if;
  update public.job_runs set workflow_metadata = p_metadata where id = p_job and status in ('running', 'queued');
  return found;
end $$;
comment on function worker.note_workflow is 'How the tasks of a running workflow stand; false: the lease is lost or the job has ended, and nothing was written.';

create function worker.requeue_job(p_job uuid, p_fence bigint, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_lease private.job_leases;
begin
  select * into v_lease from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if not found then
    return false;
  end if;
  if v_lease.cancel_requested_at is not null then
    return worker.finish_job(p_job, p_fence, '{"status": "cancelled"}');
  end if;
  update public.job_runs set status = 'pending', workflow_metadata = null where id = p_job and status in ('running', 'queued');
  update public.job_attempts set ended_at = clock_timestamp(), outcome = p_reason where job_id = p_job and attempt = v_lease.attempt;
  insert into public.job_events (job_id, attempt, event, at, detail)
  values (p_job, v_lease.attempt, 'job.requeued', clock_timestamp(), jsonb_build_object('reason', p_reason, 'worker', v_lease.worker));
  delete from private.job_leases l where l.job_id = p_job;
  perform pg_notify('quapsule_jobs', 'pending');
  return true;
end $$;
comment on function worker.requeue_job is 'Gives a job back to the queue (or ends it, when its cancel was asked for); false: the lease is lost.';

create function worker.sweep(p_max_attempts integer, out requeued integer, out failed integer, out errands integer)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_lease private.job_leases;
begin
  requeued := 0;
  failed := 0;
  for v_lease in
    select * from private.job_leases l where l.lease_until < clock_timestamp() order by l.job_id limit 200 for update skip locked
  loop
    if v_lease.attempt < p_max_attempts or v_lease.cancel_requested_at is not null then
      perform worker.requeue_job(v_lease.job_id, v_lease.fence, 'its worker did not renew the lease');
      requeued := requeued + 1;
    else
      perform worker.finish_job(v_lease.job_id, v_lease.fence, jsonb_build_object(
        'status', 'failed',
        'error_message', format('The worker that ran this job was lost, %s times in a row.', v_lease.attempt),
        'error_details', jsonb_build_object('category', 'transient', 'code', 'worker_lost', 'attempts', v_lease.attempt,
                                            'hint', 'Retry the job; if it is lost again, tell the operator its id.')));
      failed := failed + 1;
    end if;
  end loop;
  delete from private.errands e where e.expires_at < clock_timestamp();
  get diagnostics errands = row_count;
  delete from private.workers w where w.seen_at < clock_timestamp() - interval '10 minutes';
end $$;
comment on function worker.sweep is 'Ends what the dead left: expired leases are requeued (failed at the last attempt), expired errands and workers deleted.';

create function worker.claim_errands(p_worker text, p_limit integer, p_plays integer default 0)
returns table (errand_id uuid, kind text, input jsonb, user_id uuid)
language sql volatile security definer set search_path = ''
as $$
  update private.errands e set claimed_at = clock_timestamp(), claimed_by = p_worker
   where e.id = any (
     array(select f.id from private.errands f
            where f.claimed_at is null and f.expires_at > clock_timestamp() and not private.is_play(f.kind)
            order by f.created_at limit p_limit for update skip locked)
     || array(select f.id from private.errands f
               where f.claimed_at is null and f.expires_at > clock_timestamp() and private.is_play(f.kind)
               order by f.created_at limit p_plays for update skip locked))
  returning e.id, e.kind, e.input, e.user_id
$$;
comment on function worker.claim_errands is 'Takes up to p_limit errands that only look, and up to p_plays of the playground, the oldest first.';

create function worker.errands_wanted(p_worker text, p_errands uuid[]) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select e.id from private.errands e where e.id = any (p_errands) and e.claimed_by = p_worker and e.expires_at > clock_timestamp()
$$;
comment on function worker.errands_wanted is 'Those of a worker''s errands that somebody still waits for.';

create function worker.finish_errand(p_worker text, p_errand uuid, p_output jsonb) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.errands e set output = p_output, finished_at = clock_timestamp()
   where e.id = p_errand and e.claimed_by = p_worker and e.finished_at is null;
  if found then
    perform pg_notify('quapsule_events', 'errand ' || p_errand);
  end if;
  return found;
end $$;
comment on function worker.finish_errand is 'Stores an errand''s output and wakes who waits for it; false: it expired meanwhile.';

create function worker.note_worker(p_worker text, p_slots integer, p_layers jsonb, p_providers text[] default '{}') returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.workers as w (name, started_at, seen_at, slots, layers, providers)
  values (p_worker, clock_timestamp(), clock_timestamp(), p_slots, p_layers, p_providers)
  on conflict (name) do update
    set seen_at = excluded.seen_at, slots = excluded.slots, layers = excluded.layers, providers = excluded.providers
$$;
comment on function worker.note_worker is 'Says that a worker lives, with its slots, sandbox layers and the vendors that it reaches.';

create function worker.forget_worker(p_worker text) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from private.workers w where w.name = p_worker
$$;
comment on function worker.forget_worker is 'Says that a worker has stopped in good order.';

create function worker.queue_depth(out pending bigint, out running bigint)
language sql stable security definer set search_path = ''
as $$
  select (select count(*) from public.job_runs j where j.status = 'pending'), (select count(*) from private.job_leases)
$$;
comment on function worker.queue_depth is 'Jobs that wait, and jobs that a worker holds.';

do $$
declare
  v_function regprocedure;
begin
  for v_function in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'worker'::regnamespace loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
    execute format('grant execute on function %s to worker_login', v_function);
  end loop;
end $$;
