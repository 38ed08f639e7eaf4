-- What happened (for push), work without a job row, and who is working.

create table private.events (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity,
  topic text not null,
  name text not null,
  team_id uuid,
  row_id uuid,
  at timestamptz not null default now(),
  primary key (xid, seq)
);
create index events_at_idx on private.events (at);

create unlogged table private.errands (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  input jsonb not null,
  output jsonb,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  claimed_by text,
  finished_at timestamptz,
  expires_at timestamptz not null default now() + interval '60 seconds'
);
create index errands_user_id_idx on private.errands (user_id);
create index errands_open_idx on private.errands (created_at) where claimed_at is null;

create table private.workers (
  name text primary key,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  slots integer not null,
  layers jsonb not null default '{}'::jsonb
);

alter table private.events enable row level security;
alter table private.events force row level security;
alter table private.errands enable row level security;
alter table private.errands force row level security;
alter table private.workers enable row level security;
alter table private.workers force row level security;
revoke all on private.events, private.errands, private.workers from public, anon, authenticated;

comment on table private.events is 'What happened, for push; read below the oldest running transaction only, kept 24 hours.';
comment on column private.events.xid is 'Transaction that made it.';
comment on column private.events.seq is 'Order within.';
comment on column private.events.topic is 'jobs, scripts, backends or capsules.';
comment on column private.events.name is 'noun.state.';
comment on column private.events.team_id is 'Team that may be told; NULL: everybody.';
comment on column private.events.row_id is 'Row to select anew as each subscriber.';
comment on column private.events.at is 'When.';

comment on table private.errands is 'Work without a job row (estimate, analyse): gone after its answer was read, or a minute.';
comment on column private.errands.id is 'Primary key.';
comment on column private.errands.kind is 'What is to be done.';
comment on column private.errands.input is 'What it needs.';
comment on column private.errands.output is 'Its answer.';
comment on column private.errands.user_id is 'Who asked, and alone may read it.';
comment on column private.errands.created_at is 'When it was asked.';
comment on column private.errands.claimed_at is 'When a worker took it.';
comment on column private.errands.claimed_by is 'Which worker.';
comment on column private.errands.finished_at is 'When it was answered.';
comment on column private.errands.expires_at is 'Removed then.';

comment on table private.workers is 'Workers that are alive.';
comment on column private.workers.name is 'Name of the process.';
comment on column private.workers.started_at is 'Start.';
comment on column private.workers.seen_at is 'Last sign of life.';
comment on column private.workers.slots is 'Jobs at the same time.';
comment on column private.workers.layers is 'Sandbox layers that are on.';
