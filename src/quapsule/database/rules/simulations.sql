-- Browser telemetry: people write and read their own events.

create policy "people read their own simulation events" on public.simulation_events for select to authenticated
  using (user_id = (select auth.uid()) and team_id = any ((select private.my_teams())::uuid[]));

create policy "people record their own simulation events" on public.simulation_events for insert to authenticated
  with check (user_id = (select auth.uid()) and team_id = any ((select private.my_live_teams())::uuid[]));

grant select on public.simulation_events to authenticated;
grant insert (user_id, team_id, session_id, simulator, qasm_input, shots, qubit_count, gate_count, execution_time_ms, counts,
              source_framework, user_agent) on public.simulation_events to authenticated;
