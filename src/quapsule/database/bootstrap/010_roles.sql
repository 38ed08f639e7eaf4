-- Roles are made only when absent: on Supabase anon, authenticated and service_role are there already.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('app_owner', 'nologin'),
      ('rls_definer', 'nologin noinherit bypassrls'),
      ('app_definer', 'nologin noinherit bypassrls'),
      ('api_login', 'login noinherit'),
      ('worker_login', 'login noinherit')
    ) as r(name, options)
  loop
    if not exists (select 1 from pg_catalog.pg_roles where rolname = wanted.name) then
      begin
        execute format('create role %I %s', wanted.name, wanted.options);
      exception when duplicate_object or unique_violation then
        null; -- another migrator of the same cluster was faster; roles are cluster-wide
      end;
    end if;
  end loop;

  -- The login that migrates acts for the three owners, without being a superuser where the server allows that.
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    for wanted in select unnest(array['app_owner', 'rls_definer', 'app_definer']) as name loop
      if not pg_catalog.pg_has_role(current_user, wanted.name, 'usage') then
        execute format('grant %I to %I', wanted.name, current_user);
      end if;
    end loop;
  end if;

  -- The API may become a visitor or a person, nothing else; the worker may become nothing.
  if not pg_catalog.pg_has_role('api_login', 'anon', 'member') or not pg_catalog.pg_has_role('api_login', 'authenticated', 'member') then
    grant anon, authenticated to api_login;
  end if;
end
$$;

comment on role app_owner is 'Owns the tables. Nobody logs in as it.';
comment on role rls_definer is 'Owns the reading helpers of policies. Bypasses RLS, reads only what it is granted.';
comment on role app_definer is 'Owns the writing definer functions. Bypasses RLS, writes only what it is granted.';
comment on role api_login is 'Login of the API: may become anon or authenticated.';
comment on role worker_login is 'Login of the worker: may execute the functions of schema worker, nothing else.';

alter role api_login set statement_timeout = '15s';
alter role api_login set idle_in_transaction_session_timeout = '30s';
alter role api_login set lock_timeout = '10s';
alter role api_login set jit = 'off';
alter role worker_login set statement_timeout = '60s';
alter role worker_login set idle_in_transaction_session_timeout = '60s';
alter role worker_login set jit = 'off';
