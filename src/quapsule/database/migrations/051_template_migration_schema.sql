-- Scripts move from files into rows: one row per slug and framework, the platform's own or a person's. Jobs say how they are run.

alter table public.scripts
  add column script_content text,
  add column requirements text,
  add column framework text,
  add column script_type text,
  add column is_public boolean,
  add column user_id uuid references auth.users (id),
  add column team_id uuid references public.teams (id),
  add constraint scripts_framework_check check (framework in ('qiskit', 'cirq', 'pennylane', 'openqasm', 'marqov')),
  add constraint scripts_script_type_check check (script_type in ('workflow', 'task')),
  drop constraint scripts_slug_key,
  add constraint scripts_slug_framework_key unique nulls not distinct (slug, framework);
create index scripts_user_id_idx on public.scripts (user_id);
create index scripts_team_id_idx on public.scripts (team_id, created_at desc, id desc);

alter table public.job_runs
  add column execution_mode text default 'direct',
  add column workflow_id text,
  add column temporal_run_id text,
  add column temporal_status text,
  add constraint job_runs_execution_mode_check check (execution_mode in ('direct', 'temporal'));
create index job_runs_workflow_id_idx on public.job_runs (workflow_id);
comment on column public.scripts.script_content is 'Inline Python source code.';
comment on column public.scripts.requirements is 'requirements.txt content.';
comment on column public.scripts.framework is 'qiskit, cirq, pennylane, openqasm, marqov.';
comment on column public.scripts.script_type is 'workflow or task; NULL is what the wire calls script.';
comment on column public.scripts.is_public is 'Published status.';
comment on column public.scripts.user_id is 'References auth.users.id (uploader).';
comment on column public.scripts.team_id is 'References teams.id (NULL = platform template).';
comment on column public.job_runs.execution_mode is 'direct or temporal.';
comment on column public.job_runs.workflow_id is 'Temporal workflow ID.';
comment on column public.job_runs.temporal_run_id is 'Temporal run ID.';
comment on column public.job_runs.temporal_status is 'Temporal workflow status.';
