-- Who is asking, and which teams they may reach. Every policy on a big table has one form:
--   team_id = any ((select private.my_teams())::uuid[])
-- The sub-select runs once per query; a function called per row costs thousands of times as much.

-- What the helpers may read, and what authenticate() may touch.
grant select on public.teams, public.team_members, auth.users to rls_definer, app_definer;
grant select, update on private.sessions, public.api_keys to app_definer;
grant all on all tables in schema public to service_role;

create function private.authenticate(p_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_session record;
  v_key record;
begin
  select s.id, s.user_id, s.last_seen_at into v_session
    from private.sessions as s
    join auth.users as u on u.id = s.user_id
   where s.token_hash = p_hash
     and s.ended_at is null and s.expires_at > now() and s.idle_until > now()
     and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now());
  if found then
    if v_session.last_seen_at < now() - interval '1 minute' then
      -- Skip locked: a twin request that notes the same must not wait for this one to end.
      update private.sessions as s
         set last_seen_at = now(), idle_until = least(s.expires_at, now() + (s.idle_until - s.last_seen_at))
       where s.id in (select t.id from private.sessions as t where t.id = v_session.id for update skip locked);
    end if;
    return jsonb_build_object('sub', v_session.user_id, 'role', 'authenticated', 'session_id', v_session.id);
  end if;

  select k.id, k.team_id, k.created_by, k.level, k.last_used_at into v_key
    from public.api_keys as k
    join public.team_members as m on m.team_id = k.team_id and m.user_id = k.created_by
    join auth.users as u on u.id = k.created_by
   where k.key_hash = p_hash
     and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
     and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now());
  if not found then
    return null;
  end if;
  if v_key.last_used_at is null or v_key.last_used_at < now() - interval '1 minute' then
    update public.api_keys as k set last_used_at = now()
     where k.id in (select t.id from public.api_keys as t where t.id = v_key.id for update skip locked);
  end if;
  return jsonb_build_object('sub', v_key.created_by, 'role', 'authenticated', 'key_id', v_key.id,
                            'team_id', v_key.team_id, 'level', v_key.level);
end
$$;
comment on function private.authenticate(bytea) is
  'Claims of the session or API key with this SHA-256, or NULL: unknown, ended, expired, revoked, person disabled, membership gone.';
alter function private.authenticate(bytea) owner to app_definer;
revoke all on function private.authenticate(bytea) from public;
grant execute on function private.authenticate(bytea) to api_login;

create function private.my_teams() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = '' as $$
declare
  v_claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  v_user uuid := auth.uid();
  v_team uuid := nullif(v_claims ->> 'team_id', '')::uuid;
begin
  if not exists (select 1 from auth.users as u
                  where u.id = v_user and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())) then
    return '{}'::uuid[];
  end if;
  -- Two plain statements: a join with auth.users, or an `or` over the key's team, would cost each of a thousand memberships.
  if v_team is not null then
    return array(select m.team_id from public.team_members as m where m.user_id = v_user and m.team_id = v_team);
  end if;
  return array(select m.team_id from public.team_members as m where m.user_id = v_user);
end
$$;
comment on function private.my_teams() is 'Teams that the caller may read; an API key reaches its own team only; nobody and the disabled reach none.';
alter function private.my_teams() owner to rls_definer;
revoke all on function private.my_teams() from public;
grant execute on function private.my_teams() to anon, authenticated, rls_definer, app_definer;

create function private.my_level() returns text
language sql stable parallel safe set search_path = '' as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'level', 'full')
$$;
comment on function private.my_level() is 'read, simulate or full: what the caller''s API key allows; full for a session.';
revoke all on function private.my_level() from public;
grant execute on function private.my_level() to anon, authenticated, rls_definer, app_definer;

create function private.my_live_teams() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = '' as $$
begin
  if private.my_level() = 'read' then
    return '{}'::uuid[];
  end if;
  return coalesce((
    select array_agg(t.id) from public.teams as t
     where t.id = any (private.my_teams()) and t.suspended_at is null
  ), '{}'::uuid[]);
end
$$;
comment on function private.my_live_teams() is 'Teams that the caller may write to: not suspended, and the key''s level is not read.';
alter function private.my_live_teams() owner to rls_definer;
revoke all on function private.my_live_teams() from public;
grant execute on function private.my_live_teams() to anon, authenticated, rls_definer, app_definer;

create function private.my_led_teams() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = '' as $$
declare
  v_user uuid := auth.uid();
  v_teams uuid[] := private.my_teams();
begin
  return coalesce((
    select array_agg(m.team_id) from public.team_members as m
     where m.user_id = v_user and m.role in ('owner', 'admin') and m.team_id = any (v_teams)
  ), '{}'::uuid[]);
end
$$;
comment on function private.my_led_teams() is 'Teams in which the caller is owner or admin, suspended or not.';
alter function private.my_led_teams() owner to rls_definer;
revoke all on function private.my_led_teams() from public;
grant execute on function private.my_led_teams() to anon, authenticated, rls_definer, app_definer;

create function private.my_role(p_team uuid) returns text
language plpgsql stable security definer parallel safe set search_path = '' as $$
begin
  if not coalesce(p_team = any (private.my_teams()), false) then
    return null;
  end if;
  return (select m.role from public.team_members as m where m.team_id = p_team and m.user_id = auth.uid());
end
$$;
comment on function private.my_role(uuid) is 'owner, admin or member: the caller''s role in a team; NULL when they cannot see it.';
alter function private.my_role(uuid) owner to rls_definer;
revoke all on function private.my_role(uuid) from public;
grant execute on function private.my_role(uuid) to anon, authenticated, rls_definer, app_definer;

create function private.is_leader(p_team uuid) returns boolean
language sql stable parallel safe set search_path = '' as $$
  select coalesce(private.my_role(p_team) in ('owner', 'admin'), false)
$$;
comment on function private.is_leader(uuid) is 'Whether the caller is owner or admin of a team.';
revoke all on function private.is_leader(uuid) from public;
grant execute on function private.is_leader(uuid) to anon, authenticated, rls_definer, app_definer;

-- auth.users is closed to callers; this shows them themselves and the members of their teams, and the definer functions everybody.
create view private.people with (security_barrier = true) as
select u.id,
       u.email::text as email,
       nullif(u.raw_user_meta_data ->> 'name', '') as name,
       (u.deleted_at is not null or coalesce(u.banned_until > now(), false)) as disabled
  from auth.users as u
 where current_user in ('app_definer', 'rls_definer')
    or u.id = (select auth.uid())
    or exists (select 1 from public.team_members as m where m.user_id = u.id and m.team_id = any ((select private.my_teams())::uuid[]));
comment on view private.people is 'People as the domains know them: id, email, name, disabled. A caller sees themself and the members of their teams.';
comment on column private.people.id is 'auth.users.id.';
comment on column private.people.email is 'Address.';
comment on column private.people.name is 'Name given at sign-up, or NULL.';
comment on column private.people.disabled is 'Whether the account is banned or closed.';
alter view private.people owner to rls_definer;
revoke all on private.people from public;
grant select on private.people to authenticated, app_definer, rls_definer;
