-- Browser telemetry: people write and read their own events.

create policy "people read their own simulation events" on public.simulation_events for select to authenticated
  using (user_id = (select auth.uid()) and team_id = any ((select private.my_teams())::uuid[]));

create policy "people record their own simulation events" on public.simulation_events for insert to authenticated
  with check (user_id = (select auth.uid()) and team_id = any ((select private.my_live_teams())::uuid[]));

create policy "a simulation's version and seed are read with it" on public.simulation_runs for select to authenticated
  using (exists (select 1 from public.simulation_events as e where e.id = event_id));

grant select on public.simulation_events, public.simulation_runs to authenticated;
grant insert (user_id, team_id, session_id, simulator, qasm_input, shots, qubit_count, gate_count, execution_time_ms, counts,
              source_framework, user_agent) on public.simulation_events to authenticated;
grant select, insert on public.simulation_events, public.simulation_runs to app_definer;

create function public.record_simulation(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid := private.choose_team((p ->> 'team_id')::uuid);
  v_id uuid;
begin
  insert into public.simulation_events (user_id, team_id, session_id, simulator, qasm_input, shots, qubit_count, gate_count,
                                        execution_time_ms, counts, source_framework, user_agent)
  values (auth.uid(), v_team, p ->> 'session_id', p ->> 'simulator', coalesce(p ->> 'qasm_input', ''), (p ->> 'shots')::integer,
          (p ->> 'qubit_count')::integer, (p ->> 'gate_count')::integer, (p ->> 'execution_time_ms')::real, p -> 'counts',
          p ->> 'source_framework', p ->> 'user_agent')
  returning id into v_id;
  insert into public.simulation_runs (event_id, version, seed) values (v_id, p ->> 'version', (p ->> 'seed')::bigint);
  return v_id;
end
$$;
comment on function public.record_simulation(jsonb) is 'One simulation that ran in the caller''s browser, for a live team. Returns its id.';
alter function public.record_simulation(jsonb) owner to app_definer;
grant execute on function public.record_simulation(jsonb) to authenticated;
