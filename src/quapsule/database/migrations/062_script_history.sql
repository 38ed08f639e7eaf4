-- Every saved text of a script, and what an analysis found.

create table public.script_versions (
  script_id uuid not null references public.scripts (id) on delete cascade,
  version integer not null,
  content text not null,
  sha256 text not null,
  created_by uuid references auth.users (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (script_id, version),
  constraint script_versions_sha256_check check (sha256 ~ '^[0-9a-f]{64}$')
);
create index script_versions_created_by_idx on public.script_versions (created_by);

create table public.script_analyses (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  team_id uuid not null references public.teams (id) on delete cascade,
  backend text not null,
  shots integer not null,
  content_sha256 text not null,
  checks jsonb not null default '[]'::jsonb,
  cost jsonb not null default '{}'::jsonb,
  created_at timestamptz not null default now(),
  constraint script_analyses_content_sha256_check check (content_sha256 ~ '^[0-9a-f]{64}$')
);
create index script_analyses_user_id_idx on public.script_analyses (user_id, created_at desc, id desc);
create index script_analyses_team_id_idx on public.script_analyses (team_id, created_at desc, id desc);

alter table public.script_versions enable row level security;
alter table public.script_versions force row level security;
alter table public.script_analyses enable row level security;
alter table public.script_analyses force row level security;
revoke all on public.script_versions, public.script_analyses from public, anon, authenticated;

comment on table public.script_versions is 'Every saved text of a script.';
comment on column public.script_versions.script_id is 'Script.';
comment on column public.script_versions.version is 'From 1.';
comment on column public.script_versions.content is 'The text.';
comment on column public.script_versions.sha256 is 'SHA-256 of the UTF-8 text, in hex.';
comment on column public.script_versions.created_by is 'Who saved it.';
comment on column public.script_versions.created_at is 'When.';

comment on table public.script_analyses is 'What an analysis of a script for a backend found.';
comment on column public.script_analyses.id is 'Primary key; analysis_id on the wire.';
comment on column public.script_analyses.user_id is 'Who asked.';
comment on column public.script_analyses.team_id is 'For which team.';
comment on column public.script_analyses.backend is 'Backend slug.';
comment on column public.script_analyses.shots is 'Shots.';
comment on column public.script_analyses.content_sha256 is 'SHA-256 of the analysed text, in hex.';
comment on column public.script_analyses.checks is '[{id, level, message}].';
comment on column public.script_analyses.cost is '{total_usd, …}.';
comment on column public.script_analyses.created_at is 'When.';
