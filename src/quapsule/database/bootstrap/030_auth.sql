-- What Supabase has and plain PostgreSQL lacks. Nothing here replaces something that exists.
do $$
begin
  if to_regclass('auth.users') is null then
    create table auth.users (
      id uuid primary key default gen_random_uuid(),
      email varchar(255),
      encrypted_password varchar(255),
      raw_user_meta_data jsonb,
      banned_until timestamptz,
      deleted_at timestamptz,
      created_at timestamptz default now(),
      updated_at timestamptz default now()
    );
    create unique index users_email_key on auth.users (lower(email)) where deleted_at is null;
    alter table auth.users enable row level security;
    alter table auth.users force row level security;
    revoke all on auth.users from public;
    comment on table auth.users is 'People, with Supabase''s column names. Disabled and anonymised, never row-deleted by the platform.';
    comment on column auth.users.id is 'Primary key.';
    comment on column auth.users.email is 'Address, unique among people who are not deleted.';
    comment on column auth.users.encrypted_password is 'argon2id in PHC form.';
    comment on column auth.users.raw_user_meta_data is 'What the person gave at sign-up: name, team_name.';
    comment on column auth.users.banned_until is 'Disabled until then.';
    comment on column auth.users.deleted_at is 'When the account was closed and anonymised.';
    comment on column auth.users.created_at is 'Sign-up.';
    comment on column auth.users.updated_at is 'Last change.';
    grant create on schema auth to app_owner;
    alter table auth.users owner to app_owner;
    revoke create on schema auth from app_owner;
  end if;

  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid language sql stable as $f$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
      )::uuid
    $f$;
    comment on function auth.uid() is 'Who is asking (Supabase''s definition), or NULL.';
    revoke all on function auth.uid() from public;
    grant execute on function auth.uid() to anon, authenticated, service_role, app_owner, rls_definer, app_definer;
  end if;
  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text language sql stable as $f$
      select coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
      )::text
    $f$;
    comment on function auth.role() is 'Role claimed by the token (Supabase''s definition), or NULL.';
    revoke all on function auth.role() from public;
    grant execute on function auth.role() to anon, authenticated, service_role, app_owner, rls_definer, app_definer;
  end if;
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable as $f$
      select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
      )::jsonb
    $f$;
    comment on function auth.jwt() is 'All claims of the token (Supabase''s definition), or NULL.';
    revoke all on function auth.jwt() from public;
    grant execute on function auth.jwt() to anon, authenticated, service_role, app_owner, rls_definer, app_definer;
  end if;

  if not exists (select 1 from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

grant usage on schema auth to anon, authenticated, service_role, app_owner, rls_definer, app_definer;
