-- A policy of team_members that reads team_members recurses (42P17). The membership of the caller is read by one definer
-- function (private.my_teams in rules/callers.sql) instead; this is the index that it reads.

create index team_members_user_id_idx on public.team_members (user_id);
