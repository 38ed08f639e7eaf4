-- A person's teams are looked up by every policy: from this index alone, without a visit to the table.

create index team_members_user_team_idx on public.team_members (user_id, team_id);
