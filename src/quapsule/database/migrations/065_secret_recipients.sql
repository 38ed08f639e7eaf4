-- Team secrets are sealed with a public key; the key that opens them never enters the database.

create table private.secret_recipients (
  key_id text primary key,
  public_key text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  constraint secret_recipients_key_id_check check (key_id ~ '^[A-Za-z0-9]{1,64}$')
);

create table private.team_secret_authors (
  secret_id uuid primary key references public.team_secrets (id) on delete cascade,
  created_by uuid references auth.users (id) on delete set null,
  written_at timestamptz not null default now()
);
create index team_secret_authors_created_by_idx on private.team_secret_authors (created_by);

alter table private.secret_recipients enable row level security;
alter table private.secret_recipients force row level security;
alter table private.team_secret_authors enable row level security;
alter table private.team_secret_authors force row level security;
revoke all on private.secret_recipients, private.team_secret_authors from public, anon, authenticated;

comment on table private.secret_recipients is 'Public keys that team secrets are sealed for.';
comment on column private.secret_recipients.key_id is 'Name of the key.';
comment on column private.secret_recipients.public_key is 'OpenPGP public key, armored.';
comment on column private.secret_recipients.is_active is 'Whether new secrets are sealed for it.';
comment on column private.secret_recipients.created_at is 'When it was added.';

comment on table private.team_secret_authors is 'Who wrote a team secret last.';
comment on column private.team_secret_authors.secret_id is 'Secret.';
comment on column private.team_secret_authors.created_by is 'p_created_by of the last upsert.';
comment on column private.team_secret_authors.written_at is 'When.';
