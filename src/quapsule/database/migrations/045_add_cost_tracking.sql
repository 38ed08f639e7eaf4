-- What a job was expected to cost, what it did cost, and the entries behind the sums.

alter table public.scripts add column estimated_cost_usd numeric;

alter table public.job_runs
  add column quantum_time_seconds numeric,
  add column estimated_cost_usd numeric,
  add column actual_cost_usd numeric;

alter table public.job_results add column quantum_time_seconds numeric;

create table public.cost_entries (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id) on delete cascade,
  job_run_id uuid references public.job_runs (id) on delete set null,
  backend text not null,
  kind text not null,
  amount_usd numeric not null,
  created_at timestamptz not null default now(),
  constraint cost_entries_kind_check check (kind in ('estimated', 'actual')),
  constraint cost_entries_amount_check check (amount_usd >= 0)
);
create index cost_entries_team_id_idx on public.cost_entries (team_id, created_at desc, id desc);
create index cost_entries_job_run_id_idx on public.cost_entries (job_run_id);

alter table public.cost_entries enable row level security;
alter table public.cost_entries force row level security;
revoke all on public.cost_entries from public, anon, authenticated;

comment on table public.cost_entries is 'Cost of jobs, entry by entry. Reserved until paid backends run.';
comment on column public.cost_entries.id is 'Primary key.';
comment on column public.cost_entries.team_id is 'Team that pays.';
comment on column public.cost_entries.job_run_id is 'Job that cost it; NULL when the job is gone.';
comment on column public.cost_entries.backend is 'Backend slug.';
comment on column public.cost_entries.kind is 'estimated or actual.';
comment on column public.cost_entries.amount_usd is 'Amount in USD.';
comment on column public.cost_entries.created_at is 'When it was booked.';
comment on column public.scripts.estimated_cost_usd is 'Estimated cost.';
comment on column public.job_runs.quantum_time_seconds is 'QPU time only.';
comment on column public.job_runs.estimated_cost_usd is 'Estimated cost.';
comment on column public.job_runs.actual_cost_usd is 'Actual cost.';
comment on column public.job_results.quantum_time_seconds is 'QPU time.';
