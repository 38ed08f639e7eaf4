create schema if not exists extensions;
create schema if not exists auth;
create schema if not exists private;
create schema if not exists worker;
create schema if not exists supabase_migrations;

comment on schema private is 'Helpers of policies, and tables that only definer functions touch. Not exposed.';
comment on schema worker is 'The functions that the worker may call, and nothing else.';
comment on schema supabase_migrations is 'Ledger of migrations, as Supabase''s own tooling reads it.';

revoke all on schema private, worker, supabase_migrations from public;
revoke create on schema public from public;
grant usage on schema public to anon, authenticated, service_role, api_login, app_owner, rls_definer, app_definer;
grant usage on schema private to anon, authenticated, service_role, api_login, app_owner, rls_definer, app_definer;
grant usage on schema worker to worker_login, app_owner, app_definer;
grant create on schema public, private, worker to app_owner;

create extension if not exists pgcrypto with schema extensions;
grant usage on schema extensions to app_definer, rls_definer, app_owner;

create table if not exists supabase_migrations.schema_migrations (
  version text primary key,
  statements text[],
  name text
);
comment on table supabase_migrations.schema_migrations is 'Migrations that have landed, in the shape of Supabase''s tooling.';

create table if not exists private.landed_migrations (
  version text primary key,
  sha256 text not null,
  landed_at timestamptz not null default now()
);
comment on table private.landed_migrations is 'Checksum of each landed migration, so that an edited file is refused.';
comment on column private.landed_migrations.version is 'Number at the front of the file''s name.';
comment on column private.landed_migrations.sha256 is 'SHA-256 of the file as it landed, in hex.';
comment on column private.landed_migrations.landed_at is 'When it landed.';
alter table private.landed_migrations enable row level security;

create table if not exists private.applied_rules (
  only_row boolean primary key default true check (only_row),
  sha256 text not null,
  applied_at timestamptz not null default now()
);
comment on table private.applied_rules is 'Which state of rules/ the database holds.';
comment on column private.applied_rules.only_row is 'Keeps this table at one row.';
comment on column private.applied_rules.sha256 is 'SHA-256 over all rules files, in hex.';
comment on column private.applied_rules.applied_at is 'When they were applied.';
alter table private.applied_rules enable row level security;
