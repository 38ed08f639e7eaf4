-- Embedded accounts: opaque sessions and API keys, stored as SHA-256; idempotent writes; limits that hold across API processes.

create table private.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_until timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  user_agent text,
  address text,
  constraint sessions_token_hash_key unique (token_hash),
  constraint sessions_token_hash_check check (length(token_hash) = 32)
);
create index sessions_user_id_idx on private.sessions (user_id);

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id) on delete cascade,
  created_by uuid not null references auth.users (id) on delete cascade,
  name text not null,
  hint text not null,
  key_hash bytea not null,
  level text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_key_hash_check check (length(key_hash) = 32),
  constraint api_keys_level_check check (level in ('read', 'simulate', 'full')),
  constraint api_keys_name_check check (length(name) between 1 and 100)
);
create index api_keys_team_id_idx on public.api_keys (team_id, created_at desc, id desc);
create index api_keys_created_by_idx on public.api_keys (created_by);

create table private.idempotency_keys (
  scope text not null,
  key uuid not null,
  body_hash bytea not null,
  status integer not null,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (scope, key)
);
create index idempotency_keys_created_at_idx on private.idempotency_keys (created_at);

create unlogged table private.rate_counters (
  bucket text not null,
  window_start timestamptz not null,
  count integer not null,
  primary key (bucket, window_start)
);

alter table private.sessions enable row level security;
alter table private.sessions force row level security;
alter table public.api_keys enable row level security;
alter table public.api_keys force row level security;
alter table private.idempotency_keys enable row level security;
alter table private.idempotency_keys force row level security;
alter table private.rate_counters enable row level security;
alter table private.rate_counters force row level security;
revoke all on private.sessions, public.api_keys, private.idempotency_keys, private.rate_counters from public, anon, authenticated;

comment on table private.sessions is 'Signed-in sessions: one opaque 256-bit token each, stored as SHA-256.';
comment on column private.sessions.id is 'Primary key.';
comment on column private.sessions.user_id is 'Whose session.';
comment on column private.sessions.token_hash is 'SHA-256 of the token.';
comment on column private.sessions.created_at is 'Sign-in.';
comment on column private.sessions.last_seen_at is 'Last request, to the minute.';
comment on column private.sessions.idle_until is 'Ends then unless it is used.';
comment on column private.sessions.expires_at is 'Ends then in any case.';
comment on column private.sessions.ended_at is 'Signed out or rotated.';
comment on column private.sessions.user_agent is 'Browser or client at sign-in.';
comment on column private.sessions.address is 'Address at sign-in.';

comment on table public.api_keys is 'API keys of a team; a key acts as its creator within that team, up to its level.';
comment on column public.api_keys.id is 'Primary key.';
comment on column public.api_keys.team_id is 'The one team that it reaches.';
comment on column public.api_keys.created_by is 'Person that it acts as; it dies with their membership.';
comment on column public.api_keys.name is 'What its owner calls it.';
comment on column public.api_keys.hint is 'Last four characters.';
comment on column public.api_keys.key_hash is 'SHA-256 of the key.';
comment on column public.api_keys.level is 'read, simulate (free backends only) or full.';
comment on column public.api_keys.created_at is 'Creation.';
comment on column public.api_keys.expires_at is 'Ends then; NULL: no end.';
comment on column public.api_keys.last_used_at is 'Last request, to the minute.';
comment on column public.api_keys.revoked_at is 'When it was revoked.';

comment on table private.idempotency_keys is 'Answers to writes that carried an Idempotency-Key, kept 24 hours.';
comment on column private.idempotency_keys.scope is 'team:<id> or user:<id>.';
comment on column private.idempotency_keys.key is 'The Idempotency-Key.';
comment on column private.idempotency_keys.body_hash is 'SHA-256 of method, path and body.';
comment on column private.idempotency_keys.status is 'HTTP status of the first answer.';
comment on column private.idempotency_keys.response is 'The first answer; NULL when it held a secret.';
comment on column private.idempotency_keys.created_at is 'First use.';

comment on table private.rate_counters is 'Counters of limits that hold across API processes; lost in a crash, which is fine.';
comment on column private.rate_counters.bucket is 'What is limited, for whom.';
comment on column private.rate_counters.window_start is 'Start of the window.';
comment on column private.rate_counters.count is 'Requests in it.';
