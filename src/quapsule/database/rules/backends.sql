-- Backends: what everybody may see, and the whole list with what has been retired.

grant select on public.backends, public.backend_lifecycle to anon, authenticated, rls_definer, app_definer;
grant select on public.job_runs to app_definer;

create policy "Everybody sees the backends that accept jobs" on public.backends
  for select to anon, authenticated using (is_available);

create policy "Everybody sees which backends were retired" on public.backend_lifecycle
  for select to anon, authenticated using (true);

create function private.is_free(p_pricing jsonb) returns boolean
language sql immutable parallel safe set search_path = '' as $$
  select p_pricing is not null and not exists (
    select 1 from unnest(array['taskFee', 'perShot', 'perMinute', 'minimumCost']) as k(name)
     where coalesce((p_pricing ->> k.name)::numeric, 0) <> 0
  )
$$;
comment on function private.is_free(jsonb) is 'Whether a price list asks for nothing; an absent one does not.';
grant execute on function private.is_free(jsonb) to anon, authenticated, rls_definer, app_definer;

-- Bounded: a public list must not count a queue of a million rows.
create function private.waiting_jobs() returns table (backend text, waiting bigint)
language sql stable security definer set search_path = '' as $$
  select w.backend, count(*)
    from (select j.backend from public.job_runs as j where j.status = 'pending' order by j.created_at, j.id limit 10000) as w
   group by w.backend
$$;
comment on function private.waiting_jobs() is 'How many jobs wait per backend, of all teams, up to 10,000.';
alter function private.waiting_jobs() owner to app_definer;
grant execute on function private.waiting_jobs() to rls_definer, app_definer;

-- Vendors are reached by workers; a worker that has not been heard of for a minute reaches nobody.
create function private.is_reached(p_provider text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from private.workers as w where p_provider = any (w.providers) and w.seen_at > now() - interval '60 seconds')
$$;
comment on function private.is_reached(text) is 'Whether a living worker reaches this vendor.';
alter function private.is_reached(text) owner to app_definer;
grant execute on function private.is_reached(text) to rls_definer;

create function public.list_backends() returns table (
  id uuid, slug text, name text, provider text, device_type text, status text, is_available boolean, pricing jsonb, region text,
  qubit_count integer, topology text, max_shots integer, max_qubits integer, description text, documentation_url text, tags text[],
  display_order integer, is_recommended boolean, runs_here boolean, is_connected boolean, is_free boolean, queue_depth bigint,
  retired_at timestamptz, retired_reason text, successor text, updated_at timestamptz
)
language sql stable security definer set search_path = '' as $$
  select b.id, b.slug, b.name, b.provider, b.device_type, coalesce(b.status, 'online'), coalesce(b.is_available, true) and l.slug is null,
         b.pricing, b.region, b.qubit_count, b.topology, b.max_shots, b.max_qubits, b.description, b.documentation_url,
         coalesce(b.tags, '{}'), coalesce(b.display_order, 0), coalesce(b.is_recommended, false),
         b.provider_target_id is not distinct from 'local', b.device_arn like 'arn:aws:braket%' and private.is_reached('braket'),
         private.is_free(b.pricing), coalesce(w.waiting, 0),
         l.retired_at, l.reason, l.successor, coalesce(b.updated_at, b.created_at)
    from public.backends as b
    left join public.backend_lifecycle as l on l.slug = b.slug and l.retired_at <= now()
    left join private.waiting_jobs() as w on w.backend = b.slug
   order by coalesce(b.display_order, 0), b.slug
$$;
comment on function public.list_backends() is 'Every backend, also unavailable and retired ones, so that a client can tell these from unknown.';
alter function public.list_backends() owner to rls_definer;
grant execute on function public.list_backends() to anon, authenticated;
