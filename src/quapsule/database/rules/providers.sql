-- Providers are shown to everybody; what their use has cost, to the team that pays.

create policy "everybody reads active providers" on public.providers for select to anon, authenticated
  using (is_active);

grant select on public.providers to anon, authenticated;

create policy "members read what their teams' jobs cost" on public.cost_entries for select to authenticated
  using (team_id = any ((select private.my_teams())::uuid[]));

grant select on public.cost_entries to authenticated;
