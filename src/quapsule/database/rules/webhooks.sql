-- Webhooks: leaders see where their team is told, never the signing secret. Writing comes with its routes.

create policy "leaders read their teams' webhook endpoints" on public.webhook_endpoints for select to authenticated
  using (team_id = any ((select private.my_led_teams())::uuid[]));

grant select (id, team_id, url, event_types, is_active, created_at, updated_at) on public.webhook_endpoints to authenticated;

create policy "an endpoint's deliveries are read with it" on public.webhook_deliveries for select to authenticated
  using (exists (select 1 from public.webhook_endpoints as e where e.id = endpoint_id));

grant select on public.webhook_deliveries to authenticated;
