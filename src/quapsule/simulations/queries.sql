-- name: record_simulation
select public.record_simulation(%(simulation)s)

-- name: list_simulations
select e.id, e.team_id, e.simulator, r.version, r.seed, e.session_id, e.shots, e.qubit_count, e.gate_count, e.execution_time_ms,
       e.source_framework, e.user_agent, e.qasm_input <> '' as with_text, e.created_at
  from public.simulation_events as e
  left join public.simulation_runs as r on r.event_id = e.id
 where e.user_id = (select auth.uid())

-- name: find_simulation
select e.id, e.team_id, e.simulator, r.version, r.seed, e.session_id, e.shots, e.qubit_count, e.gate_count, e.execution_time_ms,
       e.source_framework, e.user_agent, e.qasm_input <> '' as with_text, e.created_at, e.counts, nullif(e.qasm_input, '') as qasm_input
  from public.simulation_events as e
  left join public.simulation_runs as r on r.event_id = e.id
 where e.id = %(id)s and e.user_id = (select auth.uid())
