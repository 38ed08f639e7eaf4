-- What the seed's job tables do not hold: programs, output, timeline, attempts, leases, lineage.

create table public.job_programs (
  job_id uuid not null references public.job_runs (id) on delete cascade,
  kind text not null,
  seq integer not null default 0,
  format text not null,
  content text not null,
  sha256 text not null,
  created_at timestamptz not null default now(),
  primary key (job_id, kind, seq),
  constraint job_programs_kind_check check (kind in ('asked', 'interchange', 'executed')),
  constraint job_programs_format_check check (format in ('python', 'qasm2', 'qasm3')),
  constraint job_programs_sha256_check check (sha256 ~ '^[0-9a-f]{64}$')
);

create table public.job_logs (
  job_id uuid primary key references public.job_runs (id) on delete cascade,
  content text not null,
  truncated boolean not null default false,
  created_at timestamptz not null default now(),
  constraint job_logs_content_check check (octet_length(content) <= 1048576)
);

create table public.job_events (
  id bigint generated always as identity primary key,
  job_id uuid not null references public.job_runs (id) on delete cascade,
  attempt integer not null default 0,
  event text not null,
  at timestamptz not null default clock_timestamp(),
  detail jsonb not null default '{}'::jsonb
);
create index job_events_job_id_idx on public.job_events (job_id, id);
create unique index job_events_one_end_idx on public.job_events (job_id)
  where event in ('job.completed', 'job.failed', 'job.cancelled');

create table public.job_attempts (
  job_id uuid not null references public.job_runs (id) on delete cascade,
  attempt integer not null,
  fence bigint not null,
  worker text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text,
  primary key (job_id, attempt)
);

create table public.job_lineage (
  job_id uuid primary key references public.job_runs (id) on delete cascade,
  retried_from uuid references public.job_runs (id) on delete set null
);
create index job_lineage_retried_from_idx on public.job_lineage (retried_from);

create sequence private.fences;
comment on sequence private.fences is 'Fencing tokens: each claim takes the next, and a write with an older one is refused.';

create table private.job_leases (
  job_id uuid primary key references public.job_runs (id) on delete cascade,
  fence bigint not null,
  worker text not null,
  attempt integer not null,
  lease_until timestamptz not null,
  cancel_requested_at timestamptz
) with (fillfactor = 70);
create index job_leases_worker_idx on private.job_leases (worker);

alter table public.job_programs enable row level security;
alter table public.job_programs force row level security;
alter table public.job_logs enable row level security;
alter table public.job_logs force row level security;
alter table public.job_events enable row level security;
alter table public.job_events force row level security;
alter table public.job_attempts enable row level security;
alter table public.job_attempts force row level security;
alter table public.job_lineage enable row level security;
alter table public.job_lineage force row level security;
alter table private.job_leases enable row level security;
alter table private.job_leases force row level security;
revoke all on public.job_programs, public.job_logs, public.job_events, public.job_attempts, public.job_lineage, private.job_leases from public, anon, authenticated;

comment on table public.job_programs is 'Programs of a job: as asked, as interchange, as executed.';
comment on column public.job_programs.job_id is 'Job.';
comment on column public.job_programs.kind is 'asked, interchange or executed.';
comment on column public.job_programs.seq is 'Order within its kind, from 0.';
comment on column public.job_programs.format is 'python, qasm2 or qasm3.';
comment on column public.job_programs.content is 'The text.';
comment on column public.job_programs.sha256 is 'SHA-256 of the UTF-8 text, in hex.';
comment on column public.job_programs.created_at is 'When it was recorded.';

comment on table public.job_logs is 'Output of a job''s script, at most 1 MiB.';
comment on column public.job_logs.job_id is 'Job.';
comment on column public.job_logs.content is 'stdout and stderr as they came.';
comment on column public.job_logs.truncated is 'Whether there was more.';
comment on column public.job_logs.created_at is 'When it was recorded.';

comment on table public.job_events is 'Timeline of a job; at most one end.';
comment on column public.job_events.id is 'Order of recording.';
comment on column public.job_events.job_id is 'Job.';
comment on column public.job_events.attempt is 'Attempt, from 1; 0 before the first.';
comment on column public.job_events.event is 'noun.state, such as job.running.';
comment on column public.job_events.at is 'When it happened.';
comment on column public.job_events.detail is 'Facts of the event.';

comment on table public.job_attempts is 'Each time that a worker took the job.';
comment on column public.job_attempts.job_id is 'Job.';
comment on column public.job_attempts.attempt is 'From 1.';
comment on column public.job_attempts.fence is 'Fencing token of the claim.';
comment on column public.job_attempts.worker is 'Who took it.';
comment on column public.job_attempts.started_at is 'Claimed.';
comment on column public.job_attempts.ended_at is 'Finished, lost or given back.';
comment on column public.job_attempts.outcome is 'completed, failed, cancelled, or why it was given back.';

comment on table public.job_lineage is 'Which job a job repeats.';
comment on column public.job_lineage.job_id is 'The later job.';
comment on column public.job_lineage.retried_from is 'The job that it repeats.';

comment on table private.job_leases is 'Who runs the job until when; a write must bring the fence.';
comment on column private.job_leases.job_id is 'Job.';
comment on column private.job_leases.fence is 'Fencing token; every write of the worker must bring it.';
comment on column private.job_leases.worker is 'Who holds it.';
comment on column private.job_leases.attempt is 'Attempt, from 1.';
comment on column private.job_leases.lease_until is 'Lost then unless renewed.';
comment on column private.job_leases.cancel_requested_at is 'When someone asked to cancel the running job.';
