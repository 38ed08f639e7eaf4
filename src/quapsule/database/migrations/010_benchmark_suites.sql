-- Benchmark suites.

create table public.benchmark_suites (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id),
  user_id uuid references auth.users (id),
  name text not null,
  description text,
  status text not null default 'pending',
  tags text[],
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint benchmark_suites_status_check check (status in ('pending', 'running', 'completed', 'failed'))
);
create index benchmark_suites_team_id_idx on public.benchmark_suites (team_id, created_at desc, id desc);
create index benchmark_suites_user_id_idx on public.benchmark_suites (user_id);

alter table public.benchmark_suites enable row level security;
alter table public.benchmark_suites force row level security;
revoke all on public.benchmark_suites from public, anon, authenticated;

comment on table public.benchmark_suites is 'Benchmark suite definitions.';
comment on column public.benchmark_suites.id is 'Primary key.';
comment on column public.benchmark_suites.team_id is 'References teams.id.';
comment on column public.benchmark_suites.user_id is 'References auth.users.id.';
comment on column public.benchmark_suites.name is 'Suite name.';
comment on column public.benchmark_suites.description is 'Description.';
comment on column public.benchmark_suites.status is 'pending, running, completed, failed.';
comment on column public.benchmark_suites.tags is 'Searchable tags.';
comment on column public.benchmark_suites.created_at is 'Creation.';
comment on column public.benchmark_suites.updated_at is 'Last update (auto-trigger).';
