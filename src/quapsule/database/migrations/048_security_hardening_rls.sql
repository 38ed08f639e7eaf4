-- What row-level security does not cover is taken away: TRUNCATE ignores policies, REFERENCES tells which ids exist, a temporary
-- function may shadow a real one.

revoke truncate, references, trigger on
  public.teams, public.team_members, public.team_invitations, public.team_secrets, public.scripts, public.job_runs, public.job_results,
  public.backends, public.providers, public.capsules, public.capsule_artifacts, public.capsule_task_executions, public.benchmark_suites,
  public.invitation_codes, public.cost_entries, public.webhook_endpoints, public.webhook_deliveries
  from public, anon, authenticated;
revoke create on schema public from public, anon, authenticated;

do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end
$$;
