-- Our own engine in the page under its own name, and what a simulation's counts can be had again by.

alter table public.simulation_events drop constraint simulation_events_simulator_check;
alter table public.simulation_events add constraint simulation_events_simulator_check
  check (simulator in ('quantum-circuit', 'qulacs-wasm', 'quapsule-statevector'));
comment on column public.simulation_events.simulator is 'What really ran: quantum-circuit, qulacs-wasm or quapsule-statevector.';

create table public.simulation_runs (
  event_id uuid primary key references public.simulation_events (id) on delete cascade,
  version text not null,
  seed bigint not null,
  constraint simulation_runs_version_check check (char_length(version) between 1 and 100),
  constraint simulation_runs_seed_check check (seed between 0 and 9007199254740991)
);

alter table public.simulation_runs enable row level security;
alter table public.simulation_runs force row level security;
revoke all on public.simulation_runs from public, anon, authenticated;

comment on table public.simulation_runs is 'With what a simulation in the browser can be repeated: the same engine, version and seed give the same counts.';
comment on column public.simulation_runs.event_id is 'Simulation.';
comment on column public.simulation_runs.version is 'Version of the simulator, as it names it itself.';
comment on column public.simulation_runs.seed is 'Seed of its generator: a whole number that JavaScript holds exactly.';
