-- Tasks on devices: submitted at most once. What is to be submitted is written, with its client token, while the lease is held and before
-- the vendor is asked; whoever takes the job over gets the same token. What no running job asks for any more is ended at the vendor.
-- The worker's functions get their owner and their grants at the end of rules/worker.sql.

grant select on public.job_tasks to authenticated;
grant select, insert, update on public.job_tasks to app_definer;

create policy "Who sees a job sees its tasks" on public.job_tasks
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));

create function private.task_has_ended(p_status text) returns boolean
language sql immutable set search_path = '' as $$
  select p_status in ('completed', 'failed', 'cancelled', 'refused', 'abandoned')
$$;
comment on function private.task_has_ended(text) is 'Whether nothing more will come of a task.';
grant execute on function private.task_has_ended(text) to app_definer;

-- An end is final, and a task keeps what it was meant to be.
create function private.guard_task() returns trigger
language plpgsql set search_path = '' as $$
begin
  if (new.job_id, new.seq, new.backend, new.program_sha256, new.shots, new.ordinal, new.emulated, new.created_at)
     is distinct from (old.job_id, old.seq, old.backend, old.program_sha256, old.shots, old.ordinal, old.emulated, old.created_at)
     or new.client_token is distinct from old.client_token
     or old.provider_task_id is not null and new.provider_task_id is distinct from old.provider_task_id then
    raise sqlstate 'PT409' using message = 'A task keeps its token, its program and its name at the vendor.', detail = 'conflict';
  elsif new.status is distinct from old.status and old.status in ('completed', 'failed', 'cancelled', 'refused', 'abandoned') then
    raise sqlstate 'PT409' using message = format('A task that is %s stays so.', old.status), detail = 'conflict';
  end if;
  return new;
end
$$;
comment on function private.guard_task() is 'Refuses another token, program or vendor''s name, and a change of an end.';

create trigger job_tasks_guard before update on public.job_tasks
  for each row execute function private.guard_task();

-- No row: the lease is lost. A refusal: the price is more than what is left of the job's limit, or the job is being cancelled.
create function worker.intend_task(
  p_job uuid, p_fence bigint, p_backend text, p_program_sha256 text, p_shots integer, p_ordinal integer,
  p_price_usd numeric, p_limit_usd numeric, p_detail jsonb
) returns table (seq integer, client_token text, provider_task_id text, status text, intended_before boolean)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  v_lease private.job_leases;
  v_task public.job_tasks;
  v_spent numeric;
begin
  select * into v_lease from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if not found then
    return;
  end if;
  select * into v_task from public.job_tasks t
   where t.job_id = p_job and t.backend = p_backend and t.program_sha256 = p_program_sha256 and t.shots = p_shots
     and t.ordinal = p_ordinal and not t.emulated and t.status not in ('failed', 'refused', 'cancelled', 'abandoned');
  if found then
    return query select v_task.seq, v_task.client_token, v_task.provider_task_id, v_task.status, true;
    return;
  end if;
  if v_lease.cancel_requested_at is not null then
    raise sqlstate 'PT409' using message = 'The job is being cancelled.', detail = 'conflict';
  end if;
  select coalesce(sum(t.cost_usd), 0) into v_spent from public.job_tasks t where t.job_id = p_job;
  if p_price_usd > 0 and v_spent + p_price_usd > p_limit_usd then
    raise sqlstate 'PT402' using detail = 'budget_exceeded',
      message = format('This task would cost %s USD; a job may spend %s USD here, and %s USD are spent or reserved.',
                       trim_scale(p_price_usd), trim_scale(p_limit_usd), trim_scale(v_spent)),
      hint = 'Run with params.emulate first, which is free; the operator raises QUAPSULE_BRAKET_JOB_LIMIT_USD.';
  end if;
  insert into public.job_tasks (job_id, seq, backend, client_token, status, program_sha256, shots, ordinal, attempt, cost_usd, detail)
  values (p_job, 1 + coalesce((select max(t.seq) from public.job_tasks t where t.job_id = p_job), -1), p_backend,
          'quapsule-' || replace(gen_random_uuid()::text, '-', ''), 'intended', p_program_sha256, p_shots, p_ordinal, v_lease.attempt,
          p_price_usd, p_detail)
  returning * into v_task;
  return query select v_task.seq, v_task.client_token, v_task.provider_task_id, v_task.status, false;
end
$$;
comment on function worker.intend_task is
  'The token under which a task is to be submitted: a new one, or the one that an earlier attempt had written. No row: the lease is lost.';

create function worker.note_task(
  p_job uuid, p_fence bigint, p_seq integer, p_status text, p_provider_task_id text, p_cost_usd numeric, p_calibration_id uuid, p_detail jsonb
) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_lease private.job_leases;
begin
  select * into v_lease from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if not found then
    return false;
  end if;
  perform private.change_task(p_job, p_seq, v_lease.attempt, p_status, p_provider_task_id, p_cost_usd, p_calibration_id, p_detail);
  return true;
end
$$;
comment on function worker.note_task is 'What the vendor says of a task; NULL leaves a column as it is. False: the lease is lost and nothing was written.';

create function private.change_task(
  p_job uuid, p_seq integer, p_attempt integer, p_status text, p_provider_task_id text, p_cost_usd numeric, p_calibration_id uuid, p_detail jsonb
) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_old public.job_tasks;
  v_now timestamptz := clock_timestamp();
begin
  select * into v_old from public.job_tasks t where t.job_id = p_job and t.seq = p_seq for update;
  if not found then
    raise sqlstate 'PT404' using message = 'No such task.', detail = 'not_found';
  elsif private.task_has_ended(v_old.status) then  -- the first end stands; what it really cost may be known later
    update public.job_tasks t set cost_usd = coalesce(p_cost_usd, t.cost_usd), detail = t.detail || coalesce(p_detail, '{}')
     where t.job_id = p_job and t.seq = p_seq and t.status = p_status;
    return;
  end if;
  update public.job_tasks t
     set status = coalesce(p_status, t.status), provider_task_id = coalesce(p_provider_task_id, t.provider_task_id),
         cost_usd = coalesce(p_cost_usd, t.cost_usd), calibration_id = coalesce(p_calibration_id, t.calibration_id),
         detail = t.detail || coalesce(p_detail, '{}'), looked_at = v_now,
         submitted_at = case when t.provider_task_id is null and p_provider_task_id is not null then v_now else t.submitted_at end,
         ended_at = case when private.task_has_ended(p_status) then v_now end
   where t.job_id = p_job and t.seq = p_seq;
  if v_old.provider_task_id is null and p_provider_task_id like 'arn:aws:braket:%' then
    update public.job_runs j set braket_task_arns = array_append(j.braket_task_arns, p_provider_task_id) where j.id = p_job;
  end if;
  if p_status is distinct from v_old.status and p_status is not null then
    insert into public.job_events (job_id, attempt, event, at, detail)
    values (p_job, p_attempt, 'task.' || p_status, v_now, jsonb_build_object('seq', p_seq, 'backend', v_old.backend)
              || jsonb_strip_nulls(jsonb_build_object('provider_task_id', coalesce(v_old.provider_task_id, p_provider_task_id))));
  end if;
end
$$;
comment on function private.change_task(uuid, integer, integer, text, text, numeric, uuid, jsonb) is 'Writes what became of a task, and the moment into the job''s timeline.';
alter function private.change_task(uuid, integer, integer, text, text, numeric, uuid, jsonb) owner to app_definer;

create function worker.note_queued(p_job uuid, p_fence bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform 1 from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if found then
    update public.job_runs j set status = 'queued' where j.id = p_job and j.status = 'running';
  end if;
  return found;
end
$$;
comment on function worker.note_queued is 'The job waits in a vendor''s queue; its worker keeps it. False: nothing was changed.';

create function worker.note_running(p_job uuid, p_fence bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform 1 from private.job_leases l where l.job_id = p_job and l.fence = p_fence for update;
  if found then
    update public.job_runs j set status = 'running' where j.id = p_job and j.status = 'queued';
  end if;
  return found;
end
$$;
comment on function worker.note_running is 'The job is out of the vendor''s queue. False: nothing was changed.';

-- The same content is the same snapshot, whichever job asks: where the vendor does not say when it was taken, the first look counts.
create function worker.note_calibration(
  p_backend text, p_sha256 text, p_taken_at timestamptz, p_format text, p_source text, p_content jsonb, p_description jsonb
) returns uuid
language sql volatile security definer set search_path = '' as $$
  select coalesce(
    (select c.id from public.calibrations c where c.backend = p_backend and c.sha256 = p_sha256),
    (select i.id from private.import_calibration(
       p_backend, p_sha256, coalesce(p_taken_at, clock_timestamp()), p_format, p_source, p_content, p_description) i))
$$;
comment on function worker.note_calibration is 'The snapshot of a device as its vendor tells it now; its id, for the tasks that run under it.';

-- A job has ended and a task of it has not: its attempt died, was cancelled, or a later attempt no longer asked for it.
create function worker.claim_orphans(p_arns text, p_limit integer, p_again_seconds double precision)
returns table (
  job_id uuid, seq integer, backend jsonb, client_token text, provider_task_id text, status text, shots integer,
  age_seconds double precision
)
language sql volatile security definer set search_path = '' as $$
  with found as materialized (
    select t.job_id, t.seq from public.job_tasks t
      join public.job_runs j on j.id = t.job_id
      join public.backends b on b.slug = t.backend
     where not t.emulated and t.status in ('intended', 'submitted', 'queued', 'running', 'cancelling')
       and j.status in ('completed', 'failed', 'cancelled') and starts_with(b.device_arn, p_arns)
       and coalesce(t.looked_at, t.created_at) < clock_timestamp() - make_interval(secs => p_again_seconds)
     order by t.created_at limit p_limit for update of t skip locked
  )
  update public.job_tasks t set looked_at = clock_timestamp()
    from found f join public.job_tasks o using (job_id, seq) join public.backends b on b.slug = o.backend
   where t.job_id = f.job_id and t.seq = f.seq
  returning t.job_id, t.seq,
            jsonb_build_object('slug', b.slug, 'name', b.name, 'device_arn', b.device_arn, 'device_type', b.device_type,
                               'region', b.region, 'pricing', b.pricing),
            t.client_token, t.provider_task_id, t.status, t.shots, extract(epoch from clock_timestamp() - t.created_at)::double precision
$$;
comment on function worker.claim_orphans is
  'Tasks whose job has ended though they have not, on devices whose ARN begins so: to be looked for and ended by one worker at a time.';

create function worker.close_task(
  p_job uuid, p_seq integer, p_status text, p_provider_task_id text, p_cost_usd numeric, p_detail jsonb
) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_job public.job_runs;
  v_open boolean;
begin
  select * into v_job from public.job_runs j where j.id = p_job and j.status in ('completed', 'failed', 'cancelled') for update;
  select not private.task_has_ended(t.status) into v_open from public.job_tasks t where t.job_id = p_job and t.seq = p_seq;
  if v_job.id is null or v_open is not true then
    return false;
  end if;
  perform private.change_task(p_job, p_seq, 0, p_status, p_provider_task_id, p_cost_usd, null, p_detail || '{"orphan": true}');
  if private.task_has_ended(p_status) and p_cost_usd > 0 then
    update public.job_runs j set actual_cost_usd = coalesce(j.actual_cost_usd, 0) + p_cost_usd where j.id = p_job;
  end if;
  return true;
end
$$;
comment on function worker.close_task is 'What became of a task after its job had ended; what it cost is added to the job''s cost. False: there was nothing to write.';
