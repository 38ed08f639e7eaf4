-- name: list_teams
select t.id, t.name, m.role, t.suspended_at, t.created_at, t.updated_at
  from public.team_members as m join public.teams as t on t.id = m.team_id
 where m.user_id = auth.uid()
   and (%(before_at)s::timestamptz is null or (t.created_at, t.id) < (%(before_at)s, %(before_id)s::uuid))
 order by t.created_at desc, t.id desc
 limit %(limit)s

-- name: find_team
select t.id, t.name, m.role, t.suspended_at, t.created_at, t.updated_at
  from public.team_members as m join public.teams as t on t.id = m.team_id
 where m.user_id = auth.uid() and t.id = %(id)s

-- name: list_my_team_ids
select team_id from public.team_members where user_id = auth.uid() limit 2

-- name: create_team
select public.create_team(%(name)s)

-- name: rename_team
update public.teams set name = %(name)s where id = %(id)s

-- name: list_members
select m.team_id, m.user_id, p.email, p.name, m.role, m.created_at
  from public.team_members as m left join private.people as p on p.id = m.user_id
 where m.team_id = %(team_id)s
   and (%(before_at)s::timestamptz is null or (m.created_at, m.user_id) < (%(before_at)s, %(before_id)s::uuid))
 order by m.created_at desc, m.user_id desc
 limit %(limit)s

-- name: find_member
select m.team_id, m.user_id, p.email, p.name, m.role, m.created_at
  from public.team_members as m left join private.people as p on p.id = m.user_id
 where m.team_id = %(team_id)s and m.user_id = %(user_id)s

-- name: change_role
update public.team_members set role = %(role)s where team_id = %(team_id)s and user_id = %(user_id)s

-- name: remove_member
delete from public.team_members where team_id = %(team_id)s and user_id = %(user_id)s

-- name: list_invitations
select id, team_id, email, role, invited_by, case when status = 'pending' and expires_at <= now() then 'expired' else status end as status,
       expires_at, created_at
  from public.team_invitations
 where team_id = %(team_id)s
   and (%(before_at)s::timestamptz is null or (created_at, id) < (%(before_at)s, %(before_id)s::uuid))
 order by created_at desc, id desc
 limit %(limit)s

-- name: find_invitation
select id, team_id, email, role, invited_by, case when status = 'pending' and expires_at <= now() then 'expired' else status end as status,
       expires_at, created_at
  from public.team_invitations
 where id = %(id)s

-- name: invite
select public.invite(%(team_id)s, %(email)s, %(role)s, %(token_hash)s)

-- name: change_invitation
select public.change_invitation(%(id)s, %(role)s, %(token_hash)s)

-- name: revoke_invitation
select public.revoke_invitation(%(id)s)

-- name: accept_invitation
select public.accept_invitation(%(token_hash)s)
