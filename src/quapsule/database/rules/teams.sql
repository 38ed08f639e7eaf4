-- Teams: who is in, who may change that, invitations, suspension. Keys of rows cannot change, since callers hold grants on columns.

grant select, insert, update on public.teams, public.team_members, public.team_invitations to app_definer;
grant select, update on public.job_runs to app_definer;
grant select, insert on public.job_events to app_definer;

grant select on public.teams to authenticated;
grant update (name) on public.teams to authenticated;
grant select, delete on public.team_members to authenticated;
grant update (role) on public.team_members to authenticated;
grant select (id, team_id, email, role, invited_by, status, expires_at, created_at) on public.team_invitations to authenticated;

create policy "members see their teams" on public.teams for select to authenticated
  using (id = any ((select private.my_teams())::uuid[]));
create policy "owners and admins rename their team while it is live" on public.teams for update to authenticated
  using (id = any ((select private.my_led_teams())::uuid[]) and id = any ((select private.my_live_teams())::uuid[])
         and (select private.in_person()));

create policy "members see who is in their teams" on public.team_members for select to authenticated
  using (team_id = any ((select private.my_teams())::uuid[]));
create policy "owners and admins change roles in their live teams" on public.team_members for update to authenticated
  using (team_id = any ((select private.my_led_teams())::uuid[]) and team_id = any ((select private.my_live_teams())::uuid[])
         and (select private.in_person()));
create policy "members leave, owners and admins remove" on public.team_members for delete to authenticated
  using (team_id = any ((select private.my_live_teams())::uuid[]) and (select private.in_person())
         and (user_id = (select auth.uid()) or team_id = any ((select private.my_led_teams())::uuid[])));

create policy "owners and admins see the invitations of their teams" on public.team_invitations for select to authenticated
  using (team_id = any ((select private.my_led_teams())::uuid[]));

-- Teams -------------------------------------------------------------------------------------------------------------------------

create function public.handle_new_user() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid;
begin
  insert into public.teams (name)
  values (left(coalesce(nullif(btrim(new.raw_user_meta_data ->> 'team_name'), ''),
                        nullif(split_part(new.email, '@', 1), '') || '''s team', 'My team'), 100))
  returning id into v_team;
  insert into public.team_members (team_id, user_id, role) values (v_team, new.id, 'owner');
  return new;
end
$$;
comment on function public.handle_new_user() is 'Gives every new account a team of its own, named by the metadata team_name, else after the address.';
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();

create function public.create_team(p_name text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid;
begin
  if private.my_account() is null then
    raise sqlstate 'PT401' using message = 'Nobody is asking.', detail = 'unauthorized';
  elsif not private.in_person() then
    raise sqlstate 'PT403' using message = 'An API key may not make teams.', detail = 'permission_denied', hint = 'Sign in and ask in person.';
  end if;
  insert into public.teams (name) values (p_name) returning id into v_team;
  insert into public.team_members (team_id, user_id, role) values (v_team, auth.uid(), 'owner');
  return v_team;
end
$$;
comment on function public.create_team(text) is 'Makes a team with the caller as its owner.';

-- Members -----------------------------------------------------------------------------------------------------------------------

create function private.guard_team_members() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  -- The role that was taken for the request; inside of a definer function it is still the caller's.
  v_acts_as text := current_setting('role', true);
  v_lowers boolean := tg_op = 'DELETE' or new.role = 'member' or (old.role = 'owner' and new.role = 'admin');
begin
  if tg_op = 'UPDATE' and (new.team_id, new.user_id) is distinct from (old.team_id, old.user_id) then
    raise sqlstate 'PT403' using message = 'A membership cannot be moved.', detail = 'permission_denied';
  end if;
  if v_acts_as = 'authenticated' and private.my_role(old.team_id) is distinct from 'owner'
     and (old.role <> 'member' or (tg_op = 'UPDATE' and new.role <> 'member'))
     and not (old.user_id = auth.uid() and v_lowers) then
    raise sqlstate 'PT403' using message = 'Only an owner may change who is owner or admin.', detail = 'permission_denied';
  end if;
  if v_acts_as in ('authenticated', 'service_role') and old.role = 'owner' and v_lowers then
    -- One after the other, so that two owners cannot leave at once. No key is locked: an accepted invitation need not wait.
    perform 1 from public.teams as t where t.id = old.team_id for no key update;
    if found and not exists (select 1 from public.team_members as m
                              where m.team_id = old.team_id and m.role = 'owner' and m.user_id <> old.user_id) then
      raise sqlstate 'PT409' using message = 'A team keeps at least one owner.', detail = 'last_owner',
        hint = 'Make somebody else an owner first.';
    end if;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.guard_team_members() is 'Only an owner touches owners and admins; everybody may step down; the last owner stays; keys are immutable.';
create trigger team_members_guard before update or delete on public.team_members
  for each row execute function private.guard_team_members();

create function private.end_what_a_member_gave() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if tg_op = 'DELETE' or new.role = 'member' then
    update public.team_invitations as i set status = 'revoked'
     where i.team_id = old.team_id and i.invited_by = old.user_id and i.status = 'pending';
  end if;
  if tg_op = 'DELETE' then
    update public.api_keys as k set revoked_at = now()
     where k.team_id = old.team_id and k.created_by = old.user_id and k.revoked_at is null;
  end if;
  return null;
end
$$;
comment on function private.end_what_a_member_gave() is 'Who may no longer invite has no open invitations; who left has no keys, also when they come back.';
create trigger team_members_end_what_they_gave after update of role or delete on public.team_members
  for each row execute function private.end_what_a_member_gave();

-- Invitations -------------------------------------------------------------------------------------------------------------------

create function public.invite(p_team uuid, p_email text, p_role text, p_token_hash text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_invitation uuid;
begin
  perform private.require_leader(p_team);
  if exists (select 1 from public.team_members as m join private.people as p on p.id = m.user_id
              where m.team_id = p_team and lower(p.email) = lower(p_email)) then
    raise sqlstate 'PT409' using message = 'This address is in the team already.', detail = 'already_exists';
  end if;
  update public.team_invitations as i set status = 'expired'
   where i.team_id = p_team and lower(i.email) = lower(p_email) and i.status = 'pending' and i.expires_at <= now();
  insert into public.team_invitations (team_id, email, role, token, invited_by, expires_at)
  values (p_team, lower(p_email), p_role, p_token_hash, auth.uid(), now() + interval '7 days')
  returning id into v_invitation;
  return v_invitation;
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'An invitation to this address is open already.', detail = 'already_exists',
    hint = 'Renew it with PATCH, or revoke it first.';
end
$$;
comment on function public.invite(uuid, text, text, text) is 'Invites an address for 7 days; p_token_hash is the SHA-256, in hex, of the token in the link.';

create function private.led_invitation(p_invitation uuid) returns public.team_invitations
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_invitation public.team_invitations;
begin
  select * into v_invitation from public.team_invitations as i
   where i.id = p_invitation and i.team_id = any (private.my_teams()) for update;
  if not found or not private.is_leader(v_invitation.team_id) then
    raise sqlstate 'PT404' using message = 'No such invitation, or not one of a team that you lead.', detail = 'not_found';
  end if;
  perform private.require_leader(v_invitation.team_id);
  return v_invitation;
end
$$;
comment on function private.led_invitation(uuid) is 'Locks an invitation of a team that the caller leads; PT404 otherwise.';

create function public.change_invitation(p_invitation uuid, p_role text, p_token_hash text) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_now public.team_invitations := private.led_invitation(p_invitation);
begin
  if v_now.status not in ('pending', 'expired') or (p_token_hash is null and (v_now.status = 'expired' or v_now.expires_at <= now())) then
    raise sqlstate 'PT409' using message = 'The invitation is not open any more.', detail = 'conflict', hint = 'Send a new one.';
  end if;
  -- Who changes or renews it answers for it.
  update public.team_invitations as i
     set role = coalesce(p_role, i.role), invited_by = auth.uid(), status = 'pending', token = coalesce(p_token_hash, i.token),
         expires_at = case when p_token_hash is null then i.expires_at else now() + interval '7 days' end
   where i.id = p_invitation;
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'Another invitation to this address is open already.', detail = 'already_exists';
end
$$;
comment on function public.change_invitation(uuid, text, text) is 'Changes the role of an open invitation; with a new token hash, renews it for 7 days.';

create function public.revoke_invitation(p_invitation uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_now public.team_invitations := private.led_invitation(p_invitation);
begin
  if v_now.status = 'accepted' then
    raise sqlstate 'PT409' using message = 'The invitation was accepted already.', detail = 'conflict', hint = 'Remove the member instead.';
  end if;
  update public.team_invitations as i set status = 'revoked' where i.id = p_invitation;
end
$$;
comment on function public.revoke_invitation(uuid) is 'Closes an invitation; again is no error.';

create function public.accept_invitation(p_token_hash text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me jsonb := private.my_account();
  v_invitation public.team_invitations;
begin
  if v_me is null or not private.in_person() then
    raise sqlstate 'PT403' using message = 'An invitation is accepted in person.', detail = 'permission_denied', hint = 'Sign in first.';
  end if;
  -- A twin waits here, and finds it accepted.
  select * into v_invitation from public.team_invitations as i where i.token = p_token_hash for update;
  if not found then
    raise sqlstate 'PT404' using message = 'No such invitation.', detail = 'not_found', hint = 'Ask for a new link.';
  elsif lower(v_invitation.email) <> lower(v_me ->> 'email') then
    raise sqlstate 'PT403' using message = 'The invitation was sent to another address.', detail = 'permission_denied',
      hint = 'Sign in with the address that was invited.';
  elsif v_invitation.status <> 'pending' or v_invitation.expires_at <= now() then
    raise sqlstate 'PT409' using message = 'The invitation is not open any more.', detail = 'conflict', hint = 'Ask for a new link.';
  elsif exists (select 1 from public.teams as t where t.id = v_invitation.team_id and t.suspended_at is not null) then
    raise sqlstate 'PT403' using message = 'The team is suspended.', detail = 'team_suspended';
  elsif not exists (select 1 from public.team_members as m join private.people as p on p.id = m.user_id and not p.disabled
                     where m.team_id = v_invitation.team_id and m.user_id = v_invitation.invited_by and m.role in ('owner', 'admin')) then
    raise sqlstate 'PT409' using message = 'Who invited may no longer do so.', detail = 'conflict', hint = 'Ask for a new link.';
  end if;
  insert into public.team_members (team_id, user_id, role) values (v_invitation.team_id, auth.uid(), v_invitation.role)
  on conflict do nothing;
  if not found then
    raise sqlstate 'PT409' using message = 'You are in this team already.', detail = 'already_exists';
  end if;
  update public.team_invitations as i set status = 'accepted' where i.id = v_invitation.id;
  return v_invitation.team_id;
end
$$;
comment on function public.accept_invitation(text) is 'Makes the caller a member; once, within 7 days, and only who was invited, by one who still may.';

-- Suspension: the operator's alone ----------------------------------------------------------------------------------------------

create function private.suspend_team(p_team uuid) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_cancelled integer;
begin
  update public.teams as t set suspended_at = coalesce(t.suspended_at, now()) where t.id = p_team;
  if not found then
    raise sqlstate 'PT404' using message = 'No such team.', detail = 'not_found';
  end if;
  with gone as (
    update public.job_runs as j
       set status = 'cancelled', completed_at = now(), error_message = 'The team was suspended before the job began.'
     where j.id in (select w.id from public.job_runs as w where w.team_id = p_team and w.status in ('pending', 'queued')
                     order by w.id for no key update)
       and j.status in ('pending', 'queued')
    returning j.id
  ), told as (
    insert into public.job_events (job_id, event, detail)
    select g.id, 'job.cancelled', jsonb_build_object('reason', 'team suspended') from gone as g
  )
  select count(*)::integer into v_cancelled from gone;
  return v_cancelled;
end
$$;
comment on function private.suspend_team(uuid) is 'For the operator: makes a team read-only and cancels its waiting jobs (how many is the answer); running ones end.';

create function private.resume_team(p_team uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.teams as t set suspended_at = null where t.id = p_team;
  if not found then
    raise sqlstate 'PT404' using message = 'No such team.', detail = 'not_found';
  end if;
end
$$;
comment on function private.resume_team(uuid) is 'For the operator: ends a suspension.';

-- Owners and callers ------------------------------------------------------------------------------------------------------------

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array[
    'public.handle_new_user()', 'private.guard_team_members()', 'private.end_what_a_member_gave()', 'private.led_invitation(uuid)',
    'private.suspend_team(uuid)', 'private.resume_team(uuid)', 'public.create_team(text)', 'public.invite(uuid, text, text, text)',
    'public.change_invitation(uuid, text, text)', 'public.revoke_invitation(uuid)', 'public.accept_invitation(text)'
  ]::regprocedure[] loop
    execute format('alter function %s owner to app_definer', v_function);
    execute format('revoke all on function %s from public, anon, authenticated', v_function);
  end loop;
  foreach v_function in array array[
    'public.create_team(text)', 'public.invite(uuid, text, text, text)', 'public.change_invitation(uuid, text, text)',
    'public.revoke_invitation(uuid)', 'public.accept_invitation(text)'
  ]::regprocedure[] loop
    execute format('grant execute on function %s to authenticated', v_function);
  end loop;
end
$$;
