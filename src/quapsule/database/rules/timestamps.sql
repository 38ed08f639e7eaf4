-- updated_at follows every change of a row.

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.touch_updated_at() is 'Sets updated_at of the row that changes.';
revoke all on function private.touch_updated_at() from public;

create trigger teams_touch_updated_at before update on public.teams
  for each row execute function private.touch_updated_at();
create trigger scripts_touch_updated_at before update on public.scripts
  for each row execute function private.touch_updated_at();
create trigger job_runs_touch_updated_at before update on public.job_runs
  for each row execute function private.touch_updated_at();
create trigger backends_touch_updated_at before update on public.backends
  for each row execute function private.touch_updated_at();
create trigger capsules_touch_updated_at before update on public.capsules
  for each row execute function private.touch_updated_at();
create trigger team_secrets_touch_updated_at before update on public.team_secrets
  for each row execute function private.touch_updated_at();
create trigger benchmark_suites_touch_updated_at before update on public.benchmark_suites
  for each row execute function private.touch_updated_at();
create trigger webhook_endpoints_touch_updated_at before update on public.webhook_endpoints
  for each row execute function private.touch_updated_at();
create trigger providers_touch_updated_at before update on public.providers
  for each row execute function private.touch_updated_at();
