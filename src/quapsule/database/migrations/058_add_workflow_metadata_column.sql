-- The task graph and the timing of each task.

alter table public.job_runs add column workflow_metadata jsonb;
comment on column public.job_runs.workflow_metadata is 'Task graph, timeline, per-task timing.';
