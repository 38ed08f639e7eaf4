-- A job may bring its code along; it needs a script or code.

alter table public.job_runs
  add column inline_code text,
  add column framework text,
  add constraint job_runs_framework_check check (framework in ('qiskit', 'cirq', 'pennylane', 'openqasm', 'marqov')),
  add constraint job_runs_has_code check (script_id is not null or inline_code is not null);
create index job_runs_script_id_idx on public.job_runs (script_id);
comment on column public.job_runs.inline_code is 'Code snapshot from playground.';
comment on column public.job_runs.framework is 'Quantum framework.';
