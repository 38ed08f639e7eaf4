-- A suspended team can read everything and change nothing.

alter table public.teams add column suspended_at timestamptz;
comment on column public.teams.suspended_at is 'When set, team is suspended (read-only).';
