-- Telemetry of simulations in the browser.

create table public.simulation_events (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  team_id uuid not null references public.teams (id),
  session_id text not null,
  simulator text not null,
  qasm_input text not null,
  shots integer not null,
  qubit_count integer not null,
  gate_count integer not null,
  execution_time_ms real not null,
  counts jsonb not null default '{}'::jsonb,
  source_framework text,
  user_agent text,
  created_at timestamptz not null default now(),
  constraint simulation_events_simulator_check check (simulator in ('quantum-circuit', 'qulacs-wasm'))
);
create index simulation_events_user_id_idx on public.simulation_events (user_id, created_at desc, id desc);
create index simulation_events_team_id_idx on public.simulation_events (team_id);

alter table public.simulation_events enable row level security;
alter table public.simulation_events force row level security;
revoke all on public.simulation_events from public, anon, authenticated;

comment on table public.simulation_events is 'Telemetry of simulations in the browser.';
comment on column public.simulation_events.id is 'Primary key.';
comment on column public.simulation_events.user_id is 'References auth.users.id.';
comment on column public.simulation_events.team_id is 'References teams.id.';
comment on column public.simulation_events.session_id is 'Client session ID.';
comment on column public.simulation_events.simulator is 'quantum-circuit or qulacs-wasm.';
comment on column public.simulation_events.qasm_input is 'QASM input; empty without the user''s consent.';
comment on column public.simulation_events.shots is 'Shots executed.';
comment on column public.simulation_events.qubit_count is 'Number of qubits.';
comment on column public.simulation_events.gate_count is 'Number of gates.';
comment on column public.simulation_events.execution_time_ms is 'Execution time in ms.';
comment on column public.simulation_events.counts is 'Measurement counts.';
comment on column public.simulation_events.source_framework is 'Source framework.';
comment on column public.simulation_events.user_agent is 'Browser user agent.';
comment on column public.simulation_events.created_at is 'When it was recorded.';
