-- Each task of a job on a device: what was meant to be submitted is written before the vendor is asked, so that no crash submits it twice.

create table public.job_tasks (
  job_id uuid not null references public.job_runs (id) on delete cascade,
  seq integer not null,
  backend text not null,
  client_token text,
  provider_task_id text,
  status text not null,
  program_sha256 text not null,
  shots integer not null,
  ordinal integer not null default 0,
  calibration_id uuid references public.calibrations (id) on delete restrict,
  emulated boolean not null default false,
  attempt integer not null default 0,
  cost_usd numeric(14, 6) not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  submitted_at timestamptz,
  ended_at timestamptz,
  looked_at timestamptz,
  detail jsonb not null default '{}'::jsonb,
  primary key (job_id, seq),
  constraint job_tasks_client_token_key unique (client_token),
  constraint job_tasks_client_token_check check (emulated or client_token ~ '^[A-Za-z0-9-]{1,64}$'),
  constraint job_tasks_status_check check (status in
    ('intended', 'submitted', 'queued', 'running', 'cancelling', 'completed', 'failed', 'cancelled', 'refused', 'abandoned')),
  constraint job_tasks_program_sha256_check check (program_sha256 ~ '^[0-9a-f]{64}$'),
  constraint job_tasks_shots_check check (shots > 0),
  constraint job_tasks_cost_usd_check check (cost_usd >= 0),
  constraint job_tasks_detail_check check (jsonb_typeof(detail) = 'object')
);
-- The same program asked for again is one task, whichever attempt asks; one that came to nothing may be tried with a token of its own.
create unique index job_tasks_one_intent_idx on public.job_tasks (job_id, backend, program_sha256, shots, ordinal)
  where not emulated and status not in ('failed', 'refused', 'cancelled', 'abandoned');
create index job_tasks_open_idx on public.job_tasks (created_at)
  where not emulated and status in ('intended', 'submitted', 'queued', 'running', 'cancelling');
create index job_tasks_calibration_id_idx on public.job_tasks (calibration_id);

alter table public.job_tasks enable row level security;
alter table public.job_tasks force row level security;
revoke all on public.job_tasks from public, anon, authenticated;

comment on table public.job_tasks is 'Tasks of a job on a device, real or emulated; written before the vendor is asked.';
comment on column public.job_tasks.job_id is 'Job.';
comment on column public.job_tasks.seq is 'Order within the job, from 0.';
comment on column public.job_tasks.backend is 'Slug of the device.';
comment on column public.job_tasks.client_token is 'What the vendor tells one submission from another by; sent again whenever it is not sure that the first was heard. NULL: emulated.';
comment on column public.job_tasks.provider_task_id is 'The vendor''s name of the task, once it answered.';
comment on column public.job_tasks.status is 'intended, submitted, queued, running, cancelling; ends: completed, failed, cancelled, refused (never accepted), abandoned (never arrived).';
comment on column public.job_tasks.program_sha256 is 'SHA-256 of the text that is submitted, in hex.';
comment on column public.job_tasks.shots is 'Shots asked for.';
comment on column public.job_tasks.ordinal is 'Which of the equal submissions of one run of the script, from 0.';
comment on column public.job_tasks.calibration_id is 'What the device could do when it ran, or what the emulation used.';
comment on column public.job_tasks.emulated is 'Ran on this installation''s own engines.';
comment on column public.job_tasks.attempt is 'Attempt that meant to submit it; a later one may have taken it over.';
comment on column public.job_tasks.cost_usd is 'Its price until it has ended, then what it cost.';
comment on column public.job_tasks.created_at is 'When it was intended.';
comment on column public.job_tasks.submitted_at is 'When the vendor''s acceptance was known.';
comment on column public.job_tasks.ended_at is 'When its end was known.';
comment on column public.job_tasks.looked_at is 'When the vendor was last asked about it.';
comment on column public.job_tasks.detail is 'Facts: price, queue position, reason of a failure.';
