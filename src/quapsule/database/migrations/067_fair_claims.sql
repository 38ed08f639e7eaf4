-- Workers walk a ring over the teams that wait: one probe of this index per team, however many jobs each has waiting.

create index job_runs_pending_team_idx on public.job_runs (team_id, created_at, id) where status = 'pending';
