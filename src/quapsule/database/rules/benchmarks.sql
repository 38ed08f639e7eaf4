-- Benchmark suites: members read. Writing comes with its routes.

create policy "members read their teams' benchmark suites" on public.benchmark_suites for select to authenticated
  using (team_id = any ((select private.my_teams())::uuid[]));

grant select on public.benchmark_suites to authenticated;
