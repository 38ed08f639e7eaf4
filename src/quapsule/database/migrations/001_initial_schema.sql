-- Core tables: teams, members, scripts, jobs and their results, team secrets, webhooks.
-- Policies, functions and triggers live in rules/: without them every table here is closed.

create table public.teams (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.team_members (
  team_id uuid not null references public.teams (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member',
  created_at timestamptz default now(),
  primary key (team_id, user_id),
  constraint team_members_role_check check (role in ('owner', 'admin', 'member'))
);

create table public.scripts (
  id uuid primary key default gen_random_uuid(),
  slug text not null,
  name text not null,
  description text,
  category text not null,
  qubits integer not null default 2,
  file_path text not null,
  default_parameters jsonb default '{}'::jsonb,
  is_active boolean default true,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint scripts_slug_key unique (slug)
);

create table public.job_runs (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id) on delete cascade,
  user_id uuid references auth.users (id) on delete set null,
  script_id uuid references public.scripts (id) on delete set null,
  status text not null default 'pending',
  backend text not null default 'local',
  parameters jsonb default '{}'::jsonb,
  braket_task_arns text[],
  started_at timestamptz,
  completed_at timestamptz,
  wall_time_seconds numeric,
  error_message text,
  error_details jsonb,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint job_runs_status_check check (status in ('pending', 'queued', 'running', 'completed', 'failed', 'cancelled'))
);
create index job_runs_team_id_idx on public.job_runs (team_id);
create index job_runs_user_id_idx on public.job_runs (user_id);
create index job_runs_status_idx on public.job_runs (status);
create index job_runs_created_at_idx on public.job_runs (created_at desc);
alter publication supabase_realtime add table public.job_runs;

create table public.job_results (
  id uuid primary key default gen_random_uuid(),
  job_run_id uuid not null references public.job_runs (id) on delete cascade,
  result_type text not null,
  result_data jsonb not null,
  shots integer,
  created_at timestamptz default now(),
  constraint job_results_result_type_check check (result_type in ('counts', 'value', 'statevector', 'mitigated'))
);
create index job_results_job_run_id_idx on public.job_results (job_run_id);

create table public.team_secrets (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id),
  provider text not null,
  key_name text not null,
  encrypted_value text not null,
  description text,
  is_active boolean default true,
  validation_status text,
  last_validated_at timestamptz,
  validation_error text,
  last_used_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint team_secrets_team_id_provider_key_name_key unique (team_id, provider, key_name)
);

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id) on delete cascade,
  url text not null,
  encrypted_secret text not null,
  event_types text[] not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint webhook_endpoints_url_check check (url ~ '^https?://')
);
create index webhook_endpoints_team_id_idx on public.webhook_endpoints (team_id);

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
  event_type text not null,
  payload jsonb not null,
  status text not null default 'pending',
  attempts integer not null default 0,
  response_status integer,
  next_attempt_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default now(),
  constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'failed'))
);
create index webhook_deliveries_endpoint_id_idx on public.webhook_deliveries (endpoint_id, created_at desc);

alter table public.teams enable row level security;
alter table public.teams force row level security;
alter table public.team_members enable row level security;
alter table public.team_members force row level security;
alter table public.scripts enable row level security;
alter table public.scripts force row level security;
alter table public.job_runs enable row level security;
alter table public.job_runs force row level security;
alter table public.job_results enable row level security;
alter table public.job_results force row level security;
alter table public.team_secrets enable row level security;
alter table public.team_secrets force row level security;
alter table public.webhook_endpoints enable row level security;
alter table public.webhook_endpoints force row level security;
alter table public.webhook_deliveries enable row level security;
alter table public.webhook_deliveries force row level security;
revoke all on public.teams, public.team_members, public.scripts, public.job_runs, public.job_results, public.team_secrets, public.webhook_endpoints, public.webhook_deliveries from public, anon, authenticated;

comment on table public.teams is 'Organizations or workspaces; one is made at sign-up by handle_new_user().';
comment on column public.teams.id is 'Primary key.';
comment on column public.teams.name is 'Team name.';
comment on column public.teams.created_at is 'Creation.';
comment on column public.teams.updated_at is 'Last update (auto-trigger).';

comment on table public.team_members is 'Who belongs to which team, as what.';
comment on column public.team_members.team_id is 'References teams.id (CASCADE).';
comment on column public.team_members.user_id is 'References auth.users.id (CASCADE).';
comment on column public.team_members.role is 'owner, admin, or member.';
comment on column public.team_members.created_at is 'Join timestamp.';

comment on table public.scripts is 'Scripts: the platform''s templates (no team) and people''s own.';
comment on column public.scripts.id is 'Primary key.';
comment on column public.scripts.slug is 'URL-friendly identifier.';
comment on column public.scripts.name is 'Display name.';
comment on column public.scripts.description is 'Description.';
comment on column public.scripts.category is 'Category (e.g., Fundamentals, Chemistry).';
comment on column public.scripts.qubits is 'Number of qubits.';
comment on column public.scripts.file_path is 'Path to the script file (legacy); empty for inline scripts.';
comment on column public.scripts.default_parameters is 'Default execution parameters.';
comment on column public.scripts.is_active is 'Soft-delete flag.';
comment on column public.scripts.created_at is 'Creation.';
comment on column public.scripts.updated_at is 'Auto-trigger.';

comment on table public.job_runs is 'One row per submitted job; its side tables carry what the seed does not name.';
comment on column public.job_runs.id is 'Primary key.';
comment on column public.job_runs.team_id is 'References teams.id (CASCADE).';
comment on column public.job_runs.user_id is 'References auth.users.id (SET NULL).';
comment on column public.job_runs.script_id is 'References scripts.id (SET NULL).';
comment on column public.job_runs.status is 'pending, queued, running, completed, failed, cancelled.';
comment on column public.job_runs.backend is 'Backend slug.';
comment on column public.job_runs.parameters is 'Execution parameters.';
comment on column public.job_runs.braket_task_arns is 'AWS Braket task ARNs.';
comment on column public.job_runs.started_at is 'Execution start time.';
comment on column public.job_runs.completed_at is 'Completion time.';
comment on column public.job_runs.wall_time_seconds is 'Total wall clock time.';
comment on column public.job_runs.error_message is 'Error message (if failed).';
comment on column public.job_runs.error_details is 'Detailed error info.';
comment on column public.job_runs.created_at is 'Submission.';
comment on column public.job_runs.updated_at is 'Auto-trigger.';

comment on table public.job_results is 'Results of a job, written once by worker.finish_job.';
comment on column public.job_results.id is 'Primary key.';
comment on column public.job_results.job_run_id is 'References job_runs.id (CASCADE).';
comment on column public.job_results.result_type is 'Type of result.';
comment on column public.job_results.result_data is 'Result payload.';
comment on column public.job_results.shots is 'Shots executed.';
comment on column public.job_results.created_at is 'When it was recorded.';

comment on table public.team_secrets is 'Provider credentials of a team, sealed for the worker''s key.';
comment on column public.team_secrets.id is 'Primary key.';
comment on column public.team_secrets.team_id is 'References teams.id.';
comment on column public.team_secrets.provider is 'Provider name.';
comment on column public.team_secrets.key_name is 'Secret key name.';
comment on column public.team_secrets.encrypted_value is 'pgp1:<key id>:<base64>: sealed with a recipient''s public key; the plaintext names team, provider and key.';
comment on column public.team_secrets.description is 'Description.';
comment on column public.team_secrets.is_active is 'Active flag.';
comment on column public.team_secrets.validation_status is 'Last validation result.';
comment on column public.team_secrets.last_validated_at is 'Last validation time.';
comment on column public.team_secrets.validation_error is 'Validation error message.';
comment on column public.team_secrets.last_used_at is 'Last usage time.';
comment on column public.team_secrets.created_at is 'Creation.';
comment on column public.team_secrets.updated_at is 'Last update (auto-trigger).';

comment on table public.webhook_endpoints is 'Where a team wants to be told. Reserved: no route yet.';
comment on column public.webhook_endpoints.id is 'Primary key.';
comment on column public.webhook_endpoints.team_id is 'Team that is told.';
comment on column public.webhook_endpoints.url is 'Where to post.';
comment on column public.webhook_endpoints.encrypted_secret is 'Signing secret, sealed like a team secret; never readable by a caller.';
comment on column public.webhook_endpoints.event_types is 'Events wanted; empty means all.';
comment on column public.webhook_endpoints.is_active is 'Whether deliveries are made.';
comment on column public.webhook_endpoints.created_at is 'Creation.';
comment on column public.webhook_endpoints.updated_at is 'Last update (auto-trigger).';

comment on table public.webhook_deliveries is 'What was or will be posted to an endpoint. Reserved.';
comment on column public.webhook_deliveries.id is 'Primary key; the webhook-id header.';
comment on column public.webhook_deliveries.endpoint_id is 'Endpoint.';
comment on column public.webhook_deliveries.event_type is 'Event, as noun.state.';
comment on column public.webhook_deliveries.payload is 'Body as it is posted.';
comment on column public.webhook_deliveries.status is 'pending, delivered or failed.';
comment on column public.webhook_deliveries.attempts is 'Posts tried.';
comment on column public.webhook_deliveries.response_status is 'HTTP status of the last answer.';
comment on column public.webhook_deliveries.next_attempt_at is 'When to try again.';
comment on column public.webhook_deliveries.delivered_at is 'When it was accepted.';
comment on column public.webhook_deliveries.created_at is 'When it fell due.';
