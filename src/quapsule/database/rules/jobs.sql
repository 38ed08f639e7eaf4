-- Jobs: read by the team, written by functions alone.

grant select on public.job_runs, public.job_results, public.job_programs, public.job_certificates, public.job_logs, public.job_events,
  public.job_attempts, public.job_lineage to authenticated;
grant select, insert, update on public.job_runs to app_definer;
grant select, insert on public.job_programs, public.job_events, public.job_lineage to app_definer;
grant select, update on private.job_leases to app_definer;
grant select on private.workers to app_definer;

create policy "Members see the jobs of their teams" on public.job_runs
  for select to authenticated using (team_id = any ((select private.my_teams())::uuid[]));
create policy "Who sees a job sees its results" on public.job_results
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_run_id));
create policy "Who sees a job sees its programs" on public.job_programs
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));
create policy "Who sees a job sees its certificates" on public.job_certificates
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));
create policy "Who sees a job sees its output" on public.job_logs
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));
create policy "Who sees a job sees its timeline" on public.job_events
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));
create policy "Who sees a job sees its attempts" on public.job_attempts
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));
create policy "Who sees a job sees what it repeats" on public.job_lineage
  for select to authenticated using (exists (select 1 from public.job_runs as j where j.id = job_id));

-- What a job may become; ends are final, and a job stays where it was made.
create function private.guard_job() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.team_id is distinct from old.team_id or new.created_at is distinct from old.created_at then
    raise sqlstate 'PT409' using message = 'A job keeps its team and its time.', detail = 'conflict';
  end if;
  if new.status is distinct from old.status and (old.status, new.status) not in (
    ('pending', 'queued'), ('pending', 'running'), ('pending', 'failed'), ('pending', 'cancelled'),
    ('queued', 'running'), ('queued', 'pending'), ('queued', 'completed'), ('queued', 'failed'), ('queued', 'cancelled'),
    ('running', 'queued'), ('running', 'pending'), ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled')
  ) then
    raise sqlstate 'PT409' using message = format('A job that is %s cannot become %s.', old.status, new.status), detail = 'conflict';
  end if;
  return new;
end
$$;
comment on function private.guard_job() is 'Refuses a change of state that no job makes.';

create trigger job_runs_guard before update on public.job_runs
  for each row execute function private.guard_job();

create function private.can_emulate(p_backend public.backends) returns boolean
language sql stable security definer set search_path = '' as $$
  select p_backend.slug in ('sv1', 'dm1', 'tn1') or 'analog' = any (coalesce(p_backend.tags, '{}'))
      or p_backend.device_type = 'qpu' and exists (select 1 from public.calibrations as c where c.backend = p_backend.slug)
$$;
comment on function private.can_emulate(public.backends) is 'Whether this installation can run what the backend would: its twin, or its topology and noise from a calibration.';
alter function private.can_emulate(public.backends) owner to app_definer;
grant execute on function private.can_emulate(public.backends) to rls_definer;

create function private.hint_to_emulate(p_backend public.backends) returns text
language sql stable security definer set search_path = '' as $$
  select case when private.can_emulate(p_backend) then ' With emulate it runs here, for free.' else '' end
$$;
comment on function private.hint_to_emulate(public.backends) is 'The end of a refusal''s hint: that the backend can be emulated, or nothing.';
alter function private.hint_to_emulate(public.backends) owner to app_definer;

-- The backend's side of a refusal: unknown, retired, not set up here, too small.
create function private.check_backend(p_slug text, p_parameters jsonb, p_qubits integer) returns public.backends
language plpgsql stable security definer set search_path = '' as $$
declare
  v public.backends;
  v_gone public.backend_lifecycle;
  v_emulate boolean := p_parameters @> '{"emulate": true}';
  v_shots numeric := (p_parameters ->> 'shots')::numeric;
begin
  select * into v from public.backends as b where b.slug = p_slug;
  if not found then
    raise sqlstate 'PT422' using message = format('No backend is called %L.', p_slug), detail = 'backend_unknown',
      hint = 'GET /api/backends lists them.';
  end if;
  if v_emulate then
    -- Free, and past retirement: what is run is this installation's own.
    if not private.can_emulate(v) then
      raise sqlstate 'PT422' using message = format('%s cannot be emulated here.', v.name), detail = 'emulation_unavailable',
        hint = case when v.device_type = 'qpu' then 'It has no calibration; the operator imports one.' else 'Leave emulate out.' end;
    end if;
  else
    select * into v_gone from public.backend_lifecycle as l where l.slug = p_slug and l.retired_at <= now();
    if v_gone.slug is not null then
      raise sqlstate 'PT422' using message = format('%s has been retired: %s', v.name, v_gone.reason), detail = 'backend_retired',
        hint = coalesce('Use ' || v_gone.successor || ' instead.', 'GET /api/backends lists the others.') || private.hint_to_emulate(v);
    elsif private.my_level() = 'simulate' and not private.is_free(v.pricing) then
      raise sqlstate 'PT403' using message = 'This API key runs on free backends only.', detail = 'permission_denied',
        hint = 'Use a key of level full, or a simulator that costs nothing.' || private.hint_to_emulate(v);
    elsif not coalesce(v.is_available, true) or coalesce(v.status, 'online') <> 'online' then
      raise sqlstate 'PT422' using message = format('%s is %s.', v.name, coalesce(nullif(v.status, 'online'), 'not accepting jobs')),
        detail = 'backend_unavailable', hint = 'GET /api/backends shows which are available.' || private.hint_to_emulate(v);
    elsif v.provider_target_id is distinct from 'local' and not (v.device_arn like 'arn:aws:braket%' and private.is_reached('braket')) then
      raise sqlstate 'PT422' using message = format('%s is not connected to this installation.', v.name), detail = 'backend_unavailable',
        hint = 'Use local or marqov-sim, which run on this installation and cost nothing.' || private.hint_to_emulate(v);
    end if;
  end if;
  if v_shots > v.max_shots then
    raise sqlstate 'PT422' using message = format('%s takes at most %s shots, not %s.', v.name, v.max_shots, v_shots),
      detail = 'too_many_shots';
  elsif p_qubits > coalesce(v.max_qubits, v.qubit_count) then
    raise sqlstate 'PT422' using message = format('%s has %s qubits, and the program declares %s.', v.name, coalesce(v.max_qubits, v.qubit_count), p_qubits),
      detail = 'too_many_qubits';
  end if;
  perform private.check_options(v, p_parameters);
  return v;
end
$$;
comment on function private.check_backend(text, jsonb, integer) is 'The backend; refuses one that cannot take these parameters and qubits, or no job at all.';
alter function private.check_backend(text, jsonb, integer) owner to app_definer;

create function private.check_options(p_backend public.backends, p_parameters jsonb) returns void
language plpgsql stable security definer set search_path = '' as $$
declare
  v_emulate boolean := p_parameters @> '{"emulate": true}';
  v_here boolean := coalesce(p_backend.provider_target_id, '') = 'local' or v_emulate and p_backend.device_type = 'simulator';
  v_noise boolean := coalesce(p_parameters -> 'noise_model', 'null') not in ('null', '{}');
begin
  if v_noise and not (v_here and 'noise' = any (coalesce(p_backend.tags, '{}'))) then
    raise sqlstate 'PT422' using message = format('%s does not simulate the noise of noise_model.', p_backend.name), detail = 'noise_model_unavailable',
      hint = format('These do: %s.', (
        select string_agg(b.slug || case when b.provider_target_id is distinct from 'local' then ' with emulate' else '' end, ', ' order by b.display_order)
          from public.backends as b
         where 'noise' = any (b.tags) and (b.provider_target_id = 'local' and b.is_available or b.slug = 'dm1')));
  elsif p_parameters @> '{"statevector": true}' and (v_noise or not v_here) then
    raise sqlstate 'PT422' using message = 'Only a simulator of this installation, without noise, has a state vector to show.',
      detail = 'statevector_unavailable', hint = 'Use local, or sv1 with emulate, without noise_model.';
  elsif coalesce(p_parameters -> 'mitigation', 'null') not in ('null', '{}') and 'analog' = any (coalesce(p_backend.tags, '{}')) then
    raise sqlstate 'PT422' using message = format('%s runs analog programs, whose errors cannot be mitigated here.', p_backend.name),
      detail = 'mitigation_unavailable', hint = 'Leave mitigation out.';
  end if;
end
$$;
comment on function private.check_options(public.backends, jsonb) is 'Refuses noise, a state vector or mitigation where the backend has no such thing.';
alter function private.check_options(public.backends, jsonb) owner to app_definer;

create function private.check_quota(p_team uuid, p_jobs_per_day integer) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_jobs_per_day > 0 and p_jobs_per_day <= (
    select count(*) from (
      select 1 from public.job_runs as j
       where j.team_id = p_team and j.created_at >= date_trunc('day', now(), 'UTC') limit p_jobs_per_day) as today
  ) then
    raise sqlstate 'PT429' using message = format('The team has submitted its %s jobs of today.', p_jobs_per_day), detail = 'rate_limited',
      hint = 'The count starts anew at midnight UTC.';
  end if;
end
$$;
comment on function private.check_quota(uuid, integer) is 'Refuses when the team has used up its jobs of this day (UTC); 0 is no quota.';
alter function private.check_quota(uuid, integer) owner to app_definer;

create function private.cost_of(p_backend public.backends, p_parameters jsonb) returns numeric
language sql stable set search_path = '' as $$
  select case
    when p_backend.provider_target_id = 'local' or p_parameters @> '{"emulate": true}' then 0
    else n.circuits * greatest(coalesce((p_backend.pricing ->> 'taskFee')::numeric, 0)
                                 + coalesce((p_backend.pricing ->> 'perShot')::numeric, 0) * (p_parameters ->> 'shots')::numeric,
                               coalesce((p_backend.pricing ->> 'minimumCost')::numeric, 0)) end
    from (select case when jsonb_typeof(p_parameters -> 'circuit_count') = 'number' then (p_parameters ->> 'circuit_count')::numeric
                      else 1 end as circuits) as n
$$;
comment on function private.cost_of(public.backends, jsonb) is 'What a job is estimated to cost, in USD: nothing where this installation runs it.';
grant execute on function private.cost_of(public.backends, jsonb) to app_definer;

create function private.add_job(p_job public.job_runs, p_code text, p_format text, p_capsule jsonb default '{}') returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_id uuid := gen_random_uuid();
begin
  -- Held until we commit, so that a suspension either sees this job (and cancels it) or is seen here.
  perform 1 from public.teams as t where t.id = p_job.team_id and t.suspended_at is null for share;
  if not found then
    raise sqlstate 'PT403' using message = 'The team is suspended: everything can be read, nothing changed.', detail = 'team_suspended';
  end if;
  insert into public.job_runs (id, team_id, user_id, script_id, inline_code, framework, backend, parameters, execution_mode,
                               estimated_cost_usd, create_capsule, capsule_name)
  values (v_id, p_job.team_id, auth.uid(), p_job.script_id, p_job.inline_code, p_job.framework, p_job.backend, p_job.parameters, 'direct',
          p_job.estimated_cost_usd, coalesce(p_job.create_capsule, false), p_job.capsule_name);
  insert into public.job_programs (job_id, kind, seq, format, content, sha256)
  values (v_id, 'asked', 0, p_format, p_code, encode(sha256(convert_to(p_code, 'UTF8')), 'hex'));
  insert into public.job_events (job_id, attempt, event) values (v_id, 0, 'job.pending');
  if p_job.create_capsule then
    perform private.start_capsule(v_id, p_job.capsule_name, p_capsule);
  end if;
  return v_id;
end
$$;
comment on function private.add_job(public.job_runs, text, text, jsonb) is
  'Writes a pending job with the code that its worker will run and, where it asks for one, the draft of its capsule.';
alter function private.add_job(public.job_runs, text, text, jsonb) owner to app_definer;

create function private.script_to_run(p_id uuid, p_slug text, p_framework text, p_team uuid) returns public.scripts
language plpgsql stable security definer set search_path = '' as $$
declare
  v public.scripts;
begin
  -- A slug of a template names one per framework: Qiskit's when the caller names none.
  select s.* into v from public.scripts as s
   where (s.id = p_id or s.slug = p_slug) and s.is_active and s.script_content is not null
     and (s.is_public or (s.team_id is null and s.user_id is null) or s.team_id = p_team or s.user_id = private.my_own())
     and (p_framework is null or p_slug is null or s.framework = p_framework)
   order by s.framework is distinct from 'qiskit', s.framework limit 1;
  if not found then
    raise sqlstate 'PT404' using message = 'No such script, or not one that you may run.', detail = 'script_not_found',
      hint = 'GET /api/scripts lists those that you may run.';
  end if;
  return v;
end
$$;
comment on function private.script_to_run(uuid, text, text, uuid) is 'The script that the caller may run in this team; foreign and missing give the same refusal.';
alter function private.script_to_run(uuid, text, text, uuid) owner to app_definer;

create function private.check_analysis(p_analysis uuid, p_sha256 text, p_backend text, p_shots integer, p_accepted jsonb) returns void
language plpgsql stable security definer set search_path = '' as $$
declare
  v public.script_analyses;
  v_check jsonb;
begin
  select * into v from public.script_analyses as a
   where a.id = p_analysis and a.user_id = auth.uid() and a.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such analysis, or not one of yours.', detail = 'not_found';
  elsif (v.content_sha256, v.backend, v.shots) <> (p_sha256, p_backend, p_shots) then
    raise sqlstate 'PT409' using message = 'The analysis was made of another text, backend or number of shots.', detail = 'analysis_mismatch',
      hint = 'Analyse again what is to run.';
  end if;
  for v_check in select c from jsonb_array_elements(v.checks) as c loop
    if v_check ->> 'level' = 'block' then
      raise sqlstate 'PT422' using message = v_check ->> 'message', detail = 'check_blocked';
    elsif v_check ->> 'level' = 'warn' and not coalesce(p_accepted ? (v_check ->> 'id'), false) then
      raise sqlstate 'PT422' using message = v_check ->> 'message', detail = 'warning_not_accepted',
        hint = format('Send warn_check_ids with %s to accept it.', to_jsonb(v_check ->> 'id'));
    end if;
  end loop;
end
$$;
comment on function private.check_analysis(uuid, text, text, integer, jsonb) is 'Refuses when the analysis is of something else, blocks, or warns of what was not accepted.';
alter function private.check_analysis(uuid, text, text, integer, jsonb) owner to app_definer;

-- p: team_id?, script_id | script_slug | code, framework?, format, qubits, backend, parameters (with shots), create_capsule, capsule_name,
-- seal_capsule, git_sha, git_repo, parent_capsule_id?, analysis_id?, warn_check_ids?, jobs_per_day. All of a submit in one call.
create function public.submit_job(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_job public.job_runs;
  v_script public.scripts;
  v_code text := p ->> 'code';
  v_format text := p ->> 'format';
begin
  v_job.team_id := private.choose_team((p ->> 'team_id')::uuid);
  if private.team_of_capsule((p ->> 'parent_capsule_id')::uuid) is distinct from v_job.team_id and p ? 'parent_capsule_id' then
    raise sqlstate 'PT404' using message = 'No such capsule, or not one of this team.', detail = 'not_found';
  end if;
  v_job.framework := p ->> 'framework';
  v_job.backend := p ->> 'backend';
  v_job.parameters := p -> 'parameters';
  v_job.create_capsule := (p ->> 'create_capsule')::boolean;
  v_job.capsule_name := p ->> 'capsule_name';
  if v_code is null then
    v_script := private.script_to_run((p ->> 'script_id')::uuid, p ->> 'script_slug', v_job.framework, v_job.team_id);
    v_code := v_script.script_content;
    v_job.script_id := v_script.id;
    v_job.framework := coalesce(v_job.framework, v_script.framework);
    v_job.parameters := coalesce(v_script.default_parameters, '{}') || v_job.parameters;
    v_format := private.format_of(v_job.framework, v_code);
    if v_job.framework is null then
      raise sqlstate 'PT400' using message = 'The script does not say its framework.', detail = 'validation_error', hint = 'Send framework.';
    end if;
  else
    v_job.inline_code := v_code;
  end if;
  v_job.estimated_cost_usd := private.cost_of(
    private.check_backend(v_job.backend, v_job.parameters, (p ->> 'qubits')::integer), v_job.parameters);
  if p ? 'analysis_id' then
    perform private.check_analysis((p ->> 'analysis_id')::uuid, encode(sha256(convert_to(v_code, 'UTF8')), 'hex'), v_job.backend,
                                   (v_job.parameters ->> 'shots')::integer, p -> 'warn_check_ids');
  end if;
  perform private.check_quota(v_job.team_id, (p ->> 'jobs_per_day')::integer);
  return private.add_job(v_job, v_code, v_format, p);
end
$$;
comment on function public.submit_job(jsonb) is 'Submits a job: every refusal that needs rows, then the pending job. Returns its id.';
alter function public.submit_job(jsonb) owner to app_definer;
grant execute on function public.submit_job(jsonb) to authenticated;

create function private.format_of(p_framework text, p_code text) returns text
language sql immutable set search_path = '' as $$
  select case when p_framework <> 'openqasm' then 'python'
              when p_code ~ '(^|\n)\s*OPENQASM\s+2' then 'qasm2'
              else 'qasm3' end
$$;
comment on function private.format_of(text, text) is 'python, qasm2 or qasm3: what a saved script''s text is.';
grant execute on function private.format_of(text, text) to app_definer;

-- Locked in the order job → nothing else: the lease is a row of its own, so a heartbeat and a cancel never wait for each other crosswise.
create function private.job_to_change(p_job uuid) returns public.job_runs
language plpgsql stable security definer set search_path = '' as $$
declare
  v public.job_runs;
begin
  select * into v from public.job_runs as j where j.id = p_job and j.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such job, or not one that you may see.', detail = 'not_found';
  end if;
  perform private.choose_team(v.team_id);
  if v.user_id is distinct from auth.uid() and not private.is_leader(v.team_id) then
    raise sqlstate 'PT403' using message = 'Only who submitted a job, an admin or the owner may do this.', detail = 'permission_denied';
  end if;
  return v;
end
$$;
comment on function private.job_to_change(uuid) is 'The job, if the caller may cancel or retry it.';
alter function private.job_to_change(uuid) owner to app_definer;

create function public.cancel_job(p_job uuid) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.job_runs;
begin
  -- A worker may take or end the job between the look and the write: each write names the state that it saw, and looks again.
  for v_try in 1 .. 10 loop
    v := private.job_to_change(p_job);
    if v.status = 'cancelled' then
      return 'cancelled';
    elsif v.status in ('completed', 'failed') then
      raise sqlstate 'PT409' using message = format('The job has already %s.', v.status), detail = 'conflict';
    end if;
    update private.job_leases as l set cancel_requested_at = coalesce(l.cancel_requested_at, now()) where l.job_id = p_job;
    if found then
      perform pg_notify('quapsule_jobs', 'cancel ' || p_job);
      return case v.status when 'queued' then 'queued' else 'running' end;
    end if;
    update public.job_runs as j set status = 'cancelled', completed_at = now() where j.id = p_job and j.status in ('pending', 'queued');
    if found then
      insert into public.job_events (job_id, attempt, event, detail)
      values (p_job, 0, 'job.cancelled', jsonb_build_object('by', auth.uid()));
      return 'cancelled';
    end if;
  end loop;
  raise sqlstate 'PT409' using message = 'The job keeps changing hands.', detail = 'conflict', hint = 'Try again in a moment.';
end
$$;
comment on function public.cancel_job(uuid) is 'Cancels a job: at once while it waits, else its worker is told. Returns the status that it has now.';
alter function public.cancel_job(uuid) owner to app_definer;
grant execute on function public.cancel_job(uuid) to authenticated;

create function public.retry_job(p_job uuid, p_jobs_per_day integer default 0) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.job_runs := private.job_to_change(p_job);
  v_asked public.job_programs;
  v_id uuid;
  v_capsule jsonb;
begin
  if v.status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT409' using message = 'The job has not ended yet.', detail = 'conflict', hint = 'Cancel it first, or wait.';
  end if;
  select * into v_asked from public.job_programs as a where a.job_id = p_job and a.kind = 'asked' and a.seq = 0;
  if not found then
    raise sqlstate 'PT409' using message = 'The code of this job was not kept.', detail = 'conflict', hint = 'Submit it anew.';
  end if;
  v.estimated_cost_usd := private.cost_of(private.check_backend(v.backend, v.parameters, null), v.parameters);
  perform private.check_quota(v.team_id, p_jobs_per_day);
  select jsonb_build_object('parent_capsule_id', c.id, 'git_sha', c.git_sha, 'git_repo', c.git_repo,
                            'seal_capsule', c.custom_metadata @> '{"seal_when_done": true}')
    into v_capsule from public.capsules as c where c.id = private.capsule_of(p_job);
  v_id := private.add_job(v, v_asked.content, v_asked.format, coalesce(v_capsule, '{}'));
  insert into public.job_lineage (job_id, retried_from) values (v_id, p_job);
  return v_id;
end
$$;
comment on function public.retry_job(uuid, integer) is 'A new job of the same code, parameters and backend, linked to the first. Returns its id.';
alter function public.retry_job(uuid, integer) owner to app_definer;
grant execute on function public.retry_job(uuid, integer) to authenticated;
