-- Calibrations: everybody reads them, the operator adds to them, nobody changes or removes one.

grant select on public.calibrations to anon, authenticated, rls_definer, app_definer;
grant insert on public.calibrations to app_definer;
-- Supabase's role passes policies, so that what it must not do it must not hold.
revoke insert, update, delete, truncate on public.calibrations from service_role;

create policy "Everybody reads the calibrations, also of retired devices" on public.calibrations
  for select to anon, authenticated using (true);

create function private.import_calibration(
  p_backend text, p_sha256 text, p_taken_at timestamptz, p_format text, p_source text, p_content jsonb, p_description jsonb
) returns setof public.calibrations
language plpgsql security definer set search_path = '' as $$
declare
  v_found public.calibrations;
begin
  if not exists (select 1 from public.backends as b where b.slug = p_backend) then
    raise sqlstate 'PT422' using message = format('No backend is called %L.', p_backend), detail = 'backend_unknown',
      hint = '`quapsule backends --all` lists them.';
  end if;
  insert into public.calibrations (backend, sha256, taken_at, format, source, content, description)
  values (p_backend, p_sha256, p_taken_at, p_format, p_source, p_content, p_description)
  on conflict on constraint calibrations_content_key do nothing;
  select * into strict v_found from public.calibrations as c where c.backend = p_backend and c.sha256 = p_sha256;
  if v_found.taken_at <> p_taken_at then
    raise sqlstate 'PT409' using message = format('The same snapshot was imported as taken at %s.', v_found.taken_at), detail = 'conflict',
      hint = 'A snapshot that was imported is not changed.';
  end if;
  return next v_found;
end
$$;
comment on function private.import_calibration(text, text, timestamptz, text, text, jsonb, jsonb) is
  'Adds a snapshot, or finds the one of the same content. For the operator and the seeds.';
alter function private.import_calibration(text, text, timestamptz, text, text, jsonb, jsonb) owner to app_definer;

create function private.calibration_addresses() returns table (backend text, sha256 text)
language sql stable security definer set search_path = '' as $$
  select c.backend, c.sha256 from public.calibrations as c
$$;
comment on function private.calibration_addresses() is 'Which snapshots are there, so that the seeds send only what is missing.';
alter function private.calibration_addresses() owner to app_definer;

create function private.device_of(p_slug text) returns table (
  slug text, name text, provider text, device_type text, device_arn text, provider_target_id text, qubit_count integer
)
language sql stable security definer set search_path = '' as $$
  select b.slug, b.name, b.provider, b.device_type, b.device_arn, b.provider_target_id, b.qubit_count
    from public.backends as b where b.slug = p_slug
$$;
comment on function private.device_of(text) is 'A backend, also a retired one, as the reader of a calibration needs it to tell whose it is.';
alter function private.device_of(text) owner to app_definer;

create function private.calibration_at(p_backend text, p_at timestamptz) returns setof public.calibrations
language sql stable set search_path = '' as $$
  select c.* from public.calibrations as c
   where c.backend = p_backend and c.taken_at <= p_at
   order by c.taken_at desc, c.imported_at desc, c.id desc
   limit 1
$$;
comment on function private.calibration_at(text, timestamptz) is 'The last snapshot of a device that had been taken at an instant.';
grant execute on function private.calibration_at(text, timestamptz) to anon, authenticated, rls_definer, app_definer;

-- The guard is a trigger, because policies do not bind the owner or service_role.
create function private.keep_calibration() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise sqlstate 'PT409' using message = 'A calibration is neither changed nor removed.', detail = 'conflict',
    hint = 'Import a newer snapshot; the last one is used.';
end
$$;
comment on function private.keep_calibration() is 'Refuses every change of a snapshot, whoever asks.';

create trigger calibrations_keep before update or delete on public.calibrations
  for each row execute function private.keep_calibration();
create trigger calibrations_no_truncate before truncate on public.calibrations
  for each statement execute function private.keep_calibration();

-- Also while session_replication_role is replica.
alter table public.calibrations enable always trigger calibrations_keep;
alter table public.calibrations enable always trigger calibrations_no_truncate;
