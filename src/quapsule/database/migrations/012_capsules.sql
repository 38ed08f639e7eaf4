-- Capsules: reproducible packages of a run, their artifacts and task executions.

create table public.capsules (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id) on delete cascade,
  user_id uuid references auth.users (id) on delete set null,
  name text not null,
  description text,
  version text not null default '1.0.0',
  lifecycle_state text not null default 'draft',
  job_id uuid references public.job_runs (id) on delete set null,
  run_id uuid not null default gen_random_uuid(),
  git_sha text,
  git_repo text,
  parent_capsule_id uuid references public.capsules (id) on delete set null,
  custom_metadata jsonb default '{}'::jsonb,
  started_at timestamptz,
  completed_at timestamptz,
  wall_time_seconds numeric,
  num_tasks integer default 0,
  total_shots integer default 0,
  max_budget_usd numeric,
  estimated_cost_usd numeric,
  actual_cost_usd numeric default 0,
  cost_breakdown jsonb default '[]'::jsonb,
  digests jsonb,
  regulatory_framework text,
  retention_years integer,
  doi text,
  sealed_at timestamptz,
  sealed_by uuid references auth.users (id),
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint capsules_lifecycle_state_check check (lifecycle_state in ('draft', 'runnable', 'sealed', 'archived'))
);
create index capsules_team_id_idx on public.capsules (team_id);
create index capsules_user_id_idx on public.capsules (user_id);
create index capsules_job_id_idx on public.capsules (job_id);
create index capsules_lifecycle_state_idx on public.capsules (lifecycle_state);
create index capsules_created_at_idx on public.capsules (created_at desc);
create unique index capsules_run_id_idx on public.capsules (run_id);
create index capsules_search_idx on public.capsules
  using gin (to_tsvector('english', name || ' ' || coalesce(description, '')));
create index capsules_parent_capsule_id_idx on public.capsules (parent_capsule_id);
create index capsules_sealed_by_idx on public.capsules (sealed_by);
alter publication supabase_realtime add table public.capsules;

-- A job may ask for a capsule of itself.
alter table public.job_runs
  add column create_capsule boolean default false,
  add column capsule_name text;

create table public.capsule_artifacts (
  id uuid primary key default gen_random_uuid(),
  capsule_id uuid not null references public.capsules (id) on delete cascade,
  name text not null,
  artifact_type text not null,
  storage_path text,
  content_type text,
  size_bytes bigint,
  digest text,
  content_text text,
  content_binary bytea,
  created_at timestamptz default now(),
  constraint capsule_artifacts_artifact_type_check
    check (artifact_type in ('workflow', 'environment', 'backends', 'data', 'results', 'provenance', 'other'))
);
create index capsule_artifacts_capsule_id_idx on public.capsule_artifacts (capsule_id);

create table public.capsule_task_executions (
  id uuid primary key default gen_random_uuid(),
  capsule_id uuid not null references public.capsules (id) on delete cascade,
  task_id text not null,
  backend text not null,
  start_time timestamptz,
  end_time timestamptz,
  wall_time_seconds numeric,
  queue_time_seconds numeric default 0,
  cost_usd numeric default 0,
  shots integer,
  job_id text,
  qpu_calibration jsonb,
  outputs_digest text,
  created_at timestamptz default now()
);
create index capsule_task_executions_capsule_id_idx on public.capsule_task_executions (capsule_id);

alter table public.capsules enable row level security;
alter table public.capsules force row level security;
alter table public.capsule_artifacts enable row level security;
alter table public.capsule_artifacts force row level security;
alter table public.capsule_task_executions enable row level security;
alter table public.capsule_task_executions force row level security;
revoke all on public.capsules, public.capsule_artifacts, public.capsule_task_executions from public, anon, authenticated;

comment on table public.capsules is 'Reproducible packages of a run: draft, runnable, sealed, archived. Sealed ones are immutable.';
comment on column public.capsules.id is 'Primary key.';
comment on column public.capsules.team_id is 'References teams.id (CASCADE).';
comment on column public.capsules.user_id is 'References auth.users.id (SET NULL).';
comment on column public.capsules.name is 'Capsule name.';
comment on column public.capsules.description is 'Description.';
comment on column public.capsules.version is 'Schema version.';
comment on column public.capsules.lifecycle_state is 'draft, runnable, sealed, archived.';
comment on column public.capsules.job_id is 'References job_runs.id (SET NULL).';
comment on column public.capsules.run_id is 'Unique run identifier.';
comment on column public.capsules.git_sha is 'Source commit SHA.';
comment on column public.capsules.git_repo is 'Source repository URL.';
comment on column public.capsules.parent_capsule_id is 'References capsules.id (SET NULL).';
comment on column public.capsules.custom_metadata is 'Tags, budget, retention, backends.';
comment on column public.capsules.started_at is 'Execution start.';
comment on column public.capsules.completed_at is 'Execution end.';
comment on column public.capsules.wall_time_seconds is 'Total wall time.';
comment on column public.capsules.num_tasks is 'Task count.';
comment on column public.capsules.total_shots is 'Total shots.';
comment on column public.capsules.max_budget_usd is 'Budget cap.';
comment on column public.capsules.estimated_cost_usd is 'Estimated cost.';
comment on column public.capsules.actual_cost_usd is 'Actual cost.';
comment on column public.capsules.cost_breakdown is 'Per-task cost details.';
comment on column public.capsules.digests is 'SHA256 hashes for verification.';
comment on column public.capsules.regulatory_framework is 'e.g., FDA-21CFR11.';
comment on column public.capsules.retention_years is 'Data retention period.';
comment on column public.capsules.doi is 'Digital Object Identifier.';
comment on column public.capsules.sealed_at is 'Seal timestamp.';
comment on column public.capsules.sealed_by is 'References auth.users.id.';
comment on column public.capsules.created_at is 'Creation.';
comment on column public.capsules.updated_at is 'Auto-trigger.';

comment on table public.capsule_artifacts is 'Files of a capsule.';
comment on column public.capsule_artifacts.id is 'Primary key.';
comment on column public.capsule_artifacts.capsule_id is 'References capsules.id (CASCADE).';
comment on column public.capsule_artifacts.name is 'Filename (e.g., workflow.json).';
comment on column public.capsule_artifacts.artifact_type is 'workflow, environment, backends, data, results, provenance, other.';
comment on column public.capsule_artifacts.storage_path is 'S3 path.';
comment on column public.capsule_artifacts.content_type is 'MIME type.';
comment on column public.capsule_artifacts.size_bytes is 'File size.';
comment on column public.capsule_artifacts.digest is 'SHA256 hash (sha256:HEX).';
comment on column public.capsule_artifacts.content_text is 'Inline content (YAML/JSON).';
comment on column public.capsule_artifacts.content_binary is 'Binary content.';
comment on column public.capsule_artifacts.created_at is 'Creation.';

comment on table public.capsule_task_executions is 'Task executions of a capsule''s run.';
comment on column public.capsule_task_executions.id is 'Primary key.';
comment on column public.capsule_task_executions.capsule_id is 'References capsules.id (CASCADE).';
comment on column public.capsule_task_executions.task_id is 'Task identifier.';
comment on column public.capsule_task_executions.backend is 'Backend slug.';
comment on column public.capsule_task_executions.start_time is 'Start time.';
comment on column public.capsule_task_executions.end_time is 'End time.';
comment on column public.capsule_task_executions.wall_time_seconds is 'Duration.';
comment on column public.capsule_task_executions.queue_time_seconds is 'Queue wait time.';
comment on column public.capsule_task_executions.cost_usd is 'Task cost.';
comment on column public.capsule_task_executions.shots is 'Shots executed.';
comment on column public.capsule_task_executions.job_id is 'Backend job ID.';
comment on column public.capsule_task_executions.qpu_calibration is 'QPU calibration snapshot.';
comment on column public.capsule_task_executions.outputs_digest is 'SHA256 of outputs.';
comment on column public.capsule_task_executions.created_at is 'When it was recorded.';
comment on column public.job_runs.create_capsule is 'Whether to create a capsule.';
comment on column public.job_runs.capsule_name is 'Capsule name.';
