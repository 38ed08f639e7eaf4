-- name: find_password
select user_id, encrypted_password, disabled from private.find_password(%(email)s)

-- name: sign_up
select private.sign_up(%(email)s, %(password)s, %(metadata)s::jsonb, %(code)s)

-- name: first_account
select private.first_account(%(email)s, %(team_name)s)

-- name: find_local_account
select private.local_account()

-- name: open_session
select session_id as id, expires_at from private.open_session(%(user_id)s, %(token_hash)s, %(user_agent)s, %(address)s)

-- name: refresh_session
select user_id, expires_at from private.refresh_session(%(token_hash)s, %(new_hash)s)

-- name: end_session
select private.end_session(%(token_hash)s)

-- name: change_password
select private.change_password(%(token_hash)s, %(was)s, %(password)s)

-- name: find_me
select private.my_account()

-- name: list_my_teams
select t.id, t.name, m.role, t.suspended_at
  from public.team_members as m join public.teams as t on t.id = m.team_id
 where m.user_id = auth.uid()
 order by t.created_at, t.id

-- name: check_code
select valid, remaining_uses from private.check_code(%(code)s)

-- name: make_invitation_code
select private.make_invitation_code(%(code)s, %(max_uses)s, %(expires_at)s)

-- name: create_key
select public.create_api_key(%(team_id)s, %(name)s, %(level)s, %(key_hash)s, %(hint)s, %(expires_at)s)

-- name: revoke_key
select public.revoke_api_key(%(id)s)

-- name: find_key
select id, team_id, created_by, name, level, hint, created_at, expires_at, last_used_at, revoked_at
  from public.api_keys
 where id = %(id)s

-- name: list_keys
select id, team_id, created_by, name, level, hint, created_at, expires_at, last_used_at, revoked_at
  from public.api_keys
 where team_id = any (%(team_ids)s)
   and (%(before_at)s::timestamptz is null or (created_at, id) < (%(before_at)s, %(before_id)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s
