-- Accounts: sign-up, sessions, API keys, invitation codes; and the ground that every write stands on: rate limits and idempotency keys.
-- What api_login may call is called by the API itself, before anybody is known; callers never reach these functions.

grant select, insert on auth.users to app_definer;
grant update (encrypted_password, updated_at) on auth.users to app_definer;
grant select, insert, update on private.sessions, public.api_keys to app_definer;
grant select, insert, update on public.invitation_codes to app_definer;
grant select, insert, update, delete on private.idempotency_keys, private.rate_counters to app_definer;

-- Refusals that several domains share -------------------------------------------------------------------------------------------

create function private.in_person() returns boolean
language sql stable parallel safe set search_path = '' as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'key_id' is null
$$;
comment on function private.in_person() is 'Whether a session asks, not an API key: a leaked key must not be able to make keys or change who is in a team.';
revoke all on function private.in_person() from public;
grant execute on function private.in_person() to anon, authenticated, rls_definer, app_definer;

create function private.require_leader(p_team uuid) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_role text := private.my_role(p_team);
begin
  if v_role is null then
    raise sqlstate 'PT404' using message = 'No such team, or not one of yours.', detail = 'not_found';
  elsif not private.in_person() then
    raise sqlstate 'PT403' using message = 'An API key may not do this.', detail = 'permission_denied', hint = 'Sign in and ask in person.';
  elsif v_role not in ('owner', 'admin') then
    raise sqlstate 'PT403' using message = 'Only an owner or admin of the team may do this.', detail = 'permission_denied';
  elsif not p_team = any (private.my_live_teams()) then
    raise sqlstate 'PT403' using message = 'The team is suspended: everything can be read, nothing changed.', detail = 'team_suspended';
  end if;
end
$$;
comment on function private.require_leader(uuid) is 'Refuses anybody but an owner or admin of a live team, asking in person: PT404 or PT403.';
revoke all on function private.require_leader(uuid) from public;
grant execute on function private.require_leader(uuid) to app_definer;

-- Sign-up and sign-in -----------------------------------------------------------------------------------------------------------

create function private.find_password(p_email text) returns table (user_id uuid, encrypted_password text, disabled boolean)
language sql stable security definer set search_path = '' as $$
  select u.id, u.encrypted_password::text, coalesce(u.banned_until > now(), false)
    from auth.users as u
   where lower(u.email) = lower(p_email) and u.deleted_at is null
$$;
comment on function private.find_password(text) is 'What the API needs to verify a password; no row for an unknown address.';

create function private.sign_up(p_email text, p_password text, p_metadata jsonb, p_code text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_user uuid;
begin
  if p_code is not null then
    update public.invitation_codes as c set used_count = c.used_count + 1
     where c.code = p_code and c.used_count < c.max_uses and (c.expires_at is null or c.expires_at > now());
    if not found then
      raise sqlstate 'PT403' using message = 'The invitation code is unknown, used up or expired.', detail = 'permission_denied',
        hint = 'Ask the operator for another one.';
    end if;
  end if;
  insert into auth.users (id, email, encrypted_password, raw_user_meta_data, created_at, updated_at)
  values (gen_random_uuid(), lower(p_email), p_password, p_metadata, now(), now())
  returning id into v_user;
  return v_user;
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'There is an account with this address.', detail = 'already_exists', hint = 'Sign in instead.';
end
$$;
comment on function private.sign_up(text, text, jsonb, text) is 'Makes an account (password: argon2id in PHC form) and uses up the code, when one is given; PT403 bad code, PT409 address taken.';

create function private.open_session(p_user uuid, p_token_hash bytea, p_user_agent text, p_address text)
returns table (session_id uuid, expires_at timestamptz)
language sql volatile security definer set search_path = '' as $$
  insert into private.sessions as s (user_id, token_hash, last_seen_at, idle_until, expires_at, user_agent, address)
  select u.id, p_token_hash, now(), now() + interval '12 hours', now() + interval '7 days', left(p_user_agent, 300), left(p_address, 100)
    from auth.users as u
   where u.id = p_user and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())
  returning s.id, s.expires_at
$$;
comment on function private.open_session(uuid, bytea, text, text) is 'Opens a session: ends after 12 h without use, and after 7 days in any case; no row when the account is disabled.';

create function private.refresh_session(p_token_hash bytea, p_new_hash bytea) returns table (user_id uuid, expires_at timestamptz)
language sql volatile security definer set search_path = '' as $$
  update private.sessions as s
     set token_hash = p_new_hash, last_seen_at = now(), idle_until = least(s.expires_at, now() + interval '12 hours')
    from auth.users as u
   where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now() and s.idle_until > now()
     and u.id = s.user_id and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())
  returning s.user_id, s.expires_at
$$;
comment on function private.refresh_session(bytea, bytea) is 'Gives a live session a new token, the old one is dead at once; no row when there is no such session.';

create function private.end_session(p_token_hash bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update private.sessions as s set ended_at = now() where s.token_hash = p_token_hash and s.ended_at is null;
  return found;
end
$$;
comment on function private.end_session(bytea) is 'Ends a session; false when there was none.';

create function private.change_password(p_token_hash bytea, p_was text, p_password text) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_session uuid;
  v_user uuid;
  v_ended integer;
begin
  -- The person's row first: of two changes at once the second waits here, and neither waits for a session that the other holds.
  select s.id, s.user_id into v_session, v_user
    from private.sessions as s join auth.users as u on u.id = s.user_id
   where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now() and s.idle_until > now()
     and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())
     for no key update of u;
  if not found then
    raise sqlstate 'PT401' using message = 'Only a signed-in session changes a password.', detail = 'unauthorized', hint = 'Sign in.';
  end if;
  update auth.users as u set encrypted_password = p_password, updated_at = now()
   where u.id = v_user and u.encrypted_password is not distinct from p_was;
  if not found then
    raise sqlstate 'PT409' using message = 'The password was changed meanwhile.', detail = 'conflict', hint = 'Try again with the current one.';
  end if;
  with ended as (
    update private.sessions as s set ended_at = now()
     where s.user_id = v_user and s.id <> v_session and s.ended_at is null
    returning s.expires_at > now() and s.idle_until > now() as was_live
  )
  select count(*) filter (where e.was_live) into v_ended from ended as e;
  return v_ended;
end
$$;
comment on function private.change_password(bytea, text, text) is 'Sets the password of a live session''s person, when it still is p_was (NULL: none yet), and ends their other sessions; answers how many those were. PT401 no such session, PT409 changed meanwhile.';

create function private.my_account() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', p.id, 'email', p.email, 'name', p.name)
    from private.people as p where p.id = auth.uid() and not p.disabled
$$;
comment on function private.my_account() is 'The caller: {id, email, name}; NULL for nobody and for the disabled.';

create function private.first_account(p_email text, p_team_name text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_user uuid;
begin
  perform pg_advisory_xact_lock(hashtext('quapsule first account'));
  if exists (select 1 from auth.users) then
    return null;
  end if;
  insert into auth.users (id, email, raw_user_meta_data, created_at, updated_at)
  values (gen_random_uuid(), p_email, jsonb_build_object('team_name', p_team_name), now(), now())
  returning id into v_user;
  return v_user;
end
$$;
comment on function private.first_account(text, text) is 'For the operator: makes the first account, without a password; NULL when there is an account already.';

create function private.local_account() returns uuid
language sql stable security definer set search_path = '' as $$
  select u.id from auth.users as u
   where u.email = 'me@localhost' and u.deleted_at is null and (u.banned_until is null or u.banned_until <= now())
$$;
comment on function private.local_account() is 'The account that the owner of the machine enters through the local socket, or NULL.';

-- Invitation codes --------------------------------------------------------------------------------------------------------------

create function private.check_code(p_code text) returns table (valid boolean, remaining_uses integer)
language sql stable security definer set search_path = '' as $$
  select coalesce(max(c.max_uses - c.used_count), 0) > 0, coalesce(max(c.max_uses - c.used_count), 0)
    from public.invitation_codes as c
   where c.code = p_code and (c.expires_at is null or c.expires_at > now())
$$;
comment on function private.check_code(text) is 'Whether a code opens sign-up, and how many more times.';

create function private.make_invitation_code(p_code text, p_max_uses integer, p_expires_at timestamptz) returns uuid
language sql volatile security definer set search_path = '' as $$
  insert into public.invitation_codes (code, max_uses, expires_at) values (p_code, p_max_uses, p_expires_at) returning id
$$;
comment on function private.make_invitation_code(text, integer, timestamptz) is 'For the operator: a code that opens p_max_uses sign-ups.';

-- API keys ----------------------------------------------------------------------------------------------------------------------

grant select (id, team_id, created_by, name, hint, level, created_at, expires_at, last_used_at, revoked_at) on public.api_keys to authenticated;

create policy "owners and admins see the keys of their teams" on public.api_keys for select to authenticated
  using (team_id = any ((select private.my_led_teams())::uuid[]));

create function public.create_api_key(p_team uuid, p_name text, p_level text, p_key_hash bytea, p_hint text, p_expires_at timestamptz)
returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_key uuid;
begin
  perform private.require_leader(p_team);
  insert into public.api_keys (team_id, created_by, name, level, key_hash, hint, expires_at)
  values (p_team, auth.uid(), p_name, p_level, p_key_hash, p_hint, p_expires_at)
  returning id into v_key;
  return v_key;
end
$$;
comment on function public.create_api_key(uuid, text, text, bytea, text, timestamptz) is 'Makes a key that acts as the caller in this team; owners and admins, in person.';

create function public.revoke_api_key(p_key uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid;
begin
  select k.team_id into v_team from public.api_keys as k where k.id = p_key and k.team_id = any (private.my_led_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such key, or not one of a team that you lead.', detail = 'not_found';
  end if;
  perform private.require_leader(v_team);
  update public.api_keys as k set revoked_at = now() where k.id = p_key and k.revoked_at is null;
end
$$;
comment on function public.revoke_api_key(uuid) is 'Ends a key at once; again is no error.';

-- Rate limits -------------------------------------------------------------------------------------------------------------------

create function private.count_rate(p_bucket text, p_seconds integer, p_permits integer, out taken integer, out seconds_left double precision)
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_now double precision := extract(epoch from clock_timestamp());
  v_start double precision := floor(v_now / p_seconds) * p_seconds;
begin
  insert into private.rate_counters as r (bucket, window_start, count) values (p_bucket, to_timestamp(v_start), p_permits)
  on conflict (bucket, window_start) do update set count = r.count + excluded.count
  returning r.count into taken;
  seconds_left := v_start + p_seconds - v_now;
  if random() < 0.002 then
    delete from private.rate_counters as r
     where ctid = any (array(select o.ctid from private.rate_counters as o where o.window_start < now() - interval '2 days'
                              limit 2000 for update skip locked));
  end if;
end
$$;
comment on function private.count_rate(text, integer, integer) is 'Takes permits of a fixed window; answers how many are taken in it, and how long it lasts.';

create function private.forget_rate(p_bucket text, p_seconds integer) returns void
language sql volatile security definer set search_path = '' as $$
  delete from private.rate_counters as r where r.bucket = p_bucket and r.window_start > now() - make_interval(secs => p_seconds)
$$;
comment on function private.forget_rate(text, integer) is 'Clears the tries of the current window, after a success.';

-- Idempotency -------------------------------------------------------------------------------------------------------------------

create function private.idempotency_scope(p_team uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  if auth.uid() is null then
    raise sqlstate 'PT401' using message = 'Nobody is asking.', detail = 'unauthorized';
  end if;
  return case when p_team = any (private.my_teams()) then 'team:' || p_team else 'user:' || auth.uid() end;
end
$$;
comment on function private.idempotency_scope(uuid) is 'Whose keys they are: the team''s when the caller is in it, else the caller''s own.';

create function private.claim_idempotency_key(p_team uuid, p_key uuid, p_body_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_scope text := private.idempotency_scope(p_team);
  v_first private.idempotency_keys;
begin
  delete from private.idempotency_keys as k
   where k.scope = v_scope and k.key = p_key and k.created_at < now() - interval '24 hours';
  -- Waits here for a twin that is under way, since its row is there but not committed.
  insert into private.idempotency_keys (scope, key, body_hash, status) values (v_scope, p_key, p_body_hash, 0)
  on conflict (scope, key) do nothing;
  if found then
    if random() < 0.002 then
      delete from private.idempotency_keys as k
       where k.ctid = any (array(select o.ctid from private.idempotency_keys as o where o.created_at < now() - interval '24 hours'
                                  order by o.created_at limit 2000 for update skip locked));
    end if;
    return null;
  end if;
  select * into strict v_first from private.idempotency_keys as k where k.scope = v_scope and k.key = p_key;
  return jsonb_build_object('same_body', v_first.body_hash = p_body_hash, 'secret', v_first.response is null,
                            'status', v_first.status, 'response', v_first.response);
end
$$;
comment on function private.claim_idempotency_key(uuid, uuid, bytea) is 'NULL: the caller is the first and goes on; else what the first one answered.';

create function private.keep_idempotent_answer(p_team uuid, p_key uuid, p_status integer, p_answer jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update private.idempotency_keys as k set status = p_status, response = p_answer
   where k.scope = private.idempotency_scope(p_team) and k.key = p_key;
end
$$;
comment on function private.keep_idempotent_answer(uuid, uuid, integer, jsonb) is 'Stores the answer of the first request, in its own transaction; NULL for one that is shown once.';

-- The platform's state, for /api/ready and /metrics -----------------------------------------------------------------------------

grant select on private.workers, public.job_runs to app_definer;

create function private.platform_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'workers', coalesce((select jsonb_agg(jsonb_build_object('slots', w.slots, 'layers', w.layers) order by w.name)
                           from private.workers as w where w.seen_at > now() - interval '30 seconds'), '[]'::jsonb),
    'pending', (select count(*) from public.job_runs as j where j.status = 'pending'))
$$;
comment on function private.platform_state() is 'Workers that gave a sign of life within 30 s, with their sandbox layers, and how many jobs wait.';

create function private.count_jobs() returns table (status text, jobs bigint)
language sql stable security definer set search_path = '' as $$
  select j.status, count(*) from public.job_runs as j group by j.status
$$;
comment on function private.count_jobs() is 'Jobs by status, over all teams.';

-- Owners and callers ------------------------------------------------------------------------------------------------------------

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array[
    'private.find_password(text)', 'private.sign_up(text, text, jsonb, text)', 'private.open_session(uuid, bytea, text, text)',
    'private.refresh_session(bytea, bytea)', 'private.end_session(bytea)', 'private.change_password(bytea, text, text)',
    'private.local_account()', 'private.check_code(text)',
    'private.platform_state()', 'private.count_jobs()', 'private.forget_rate(text, integer)'
  ]::regprocedure[] loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
    execute format('grant execute on function %s to api_login', v_function);
  end loop;
  -- For the operator's own login alone.
  foreach v_function in array array[
    'private.first_account(text, text)', 'private.make_invitation_code(text, integer, timestamptz)', 'private.idempotency_scope(uuid)'
  ]::regprocedure[] loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
  end loop;
  foreach v_function in array array[
    'private.my_account()', 'public.create_api_key(uuid, text, text, bytea, text, timestamptz)', 'public.revoke_api_key(uuid)',
    'private.claim_idempotency_key(uuid, uuid, bytea)', 'private.keep_idempotent_answer(uuid, uuid, integer, jsonb)',
    'private.count_rate(text, integer, integer)'
  ]::regprocedure[] loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public', v_function);
    execute format('grant execute on function %s to authenticated', v_function);
  end loop;
end
$$;
grant execute on function private.count_rate(text, integer, integer) to api_login, anon;
