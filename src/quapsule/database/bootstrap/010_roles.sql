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

-- Roles belong to the cluster, not to this database: written only when they are not so yet, since a migrator of another database may be
-- doing the same.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('app_owner', 'Owns the tables. Nobody logs in as it.'),
      ('rls_definer', 'Owns the reading helpers of policies. Bypasses RLS, reads only what it is granted.'),
      ('app_definer', 'Owns the writing definer functions. Bypasses RLS, writes only what it is granted.'),
      ('api_login', 'Login of the API: may become anon or authenticated.'),
      ('worker_login', 'Login of the worker: may execute the functions of schema worker, nothing else.')
    ) as r(name, says)
  loop
    if pg_catalog.shobj_description(wanted.name::regrole, 'pg_authid') is distinct from wanted.says then
      execute format('comment on role %I is %L', wanted.name, wanted.says);
    end if;
  end loop;

  for wanted in
    select * from (values
      ('api_login', 'statement_timeout', '15s'),
      ('api_login', 'idle_in_transaction_session_timeout', '30s'),
      ('api_login', 'lock_timeout', '10s'),
      ('api_login', 'jit', 'off'),
      -- A page over the caller's teams must not walk the index on created_at through everybody's rows, which the planner takes for cheap
      -- when it may sort the rest incrementally: 20 ms instead of 0.4 ms with 1,000 teams.
      ('api_login', 'enable_incremental_sort', 'off'),
      ('worker_login', 'statement_timeout', '60s'),
      ('worker_login', 'idle_in_transaction_session_timeout', '60s'),
      ('worker_login', 'jit', 'off')
    ) as r(name, setting, value)
  loop
    if not exists (
      select 1 from pg_catalog.pg_db_role_setting as s
       where s.setrole = wanted.name::regrole and s.setdatabase = 0 and format('%s=%s', wanted.setting, wanted.value) = any (s.setconfig)
    ) then
      execute format('alter role %I set %I = %L', wanted.name, wanted.setting, wanted.value);
    end if;
  end loop;
end
$$;
