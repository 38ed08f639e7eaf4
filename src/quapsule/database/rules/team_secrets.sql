-- Team secrets: write-only. Leaders see that a secret is there; its value is sealed for the worker's key and never comes back.

create policy "leaders see which secrets their teams have" on public.team_secrets for select to authenticated
  using (team_id = any ((select private.my_led_teams())::uuid[]));

grant select (id, team_id, provider, key_name, description, is_active, validation_status, last_validated_at, validation_error,
              last_used_at, created_at, updated_at) on public.team_secrets to authenticated;

grant select, insert, update on public.team_secrets to app_definer;
grant select on private.secret_recipients to app_definer;
grant select, insert, update on private.team_secret_authors to app_definer;

create function public.upsert_team_secret(p_team_id uuid, p_provider text, p_key_name text, p_value text, p_created_by uuid) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_recipient record;
  v_sealed text;
  v_id uuid;
begin
  if private.my_role(p_team_id) is null then
    raise sqlstate 'PT404' using message = 'No such team, or not one that you may see.', detail = 'not_found';
  end if;
  if not private.is_leader(p_team_id) or private.my_level() <> 'full' then
    raise sqlstate 'PT403' using message = 'Only owners and admins write team secrets.', detail = 'permission_denied';
  end if;
  if not p_team_id = any (private.my_live_teams()) then
    raise sqlstate 'PT403' using message = 'The team is suspended.', detail = 'team_suspended';
  end if;
  if p_created_by is distinct from auth.uid() then
    raise sqlstate 'PT403' using message = 'A secret is written in one''s own name.', detail = 'permission_denied';
  end if;
  if coalesce(p_provider, '') !~ '^[a-z0-9][a-z0-9_-]{0,63}$' or coalesce(p_key_name, '') !~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$' then
    raise sqlstate 'PT400' using message = 'provider and key_name are short names.', detail = 'validation_error';
  end if;
  if coalesce(octet_length(p_value), 0) not between 1 and 65536 then
    raise sqlstate 'PT400' using message = 'A secret has 1 to 65,536 bytes.', detail = 'validation_error';
  end if;

  select r.key_id, r.public_key into v_recipient
    from private.secret_recipients as r where r.is_active order by r.created_at desc, r.key_id limit 1;
  if not found then
    raise sqlstate 'PT409' using message = 'No key is set up to seal secrets for.', detail = 'conflict',
      hint = 'The operator adds a recipient: the worker''s public key.';
  end if;

  -- The plaintext names its row: a sealed value that is moved to another team, provider or key is refused when it is opened.
  v_sealed := 'pgp1:' || v_recipient.key_id || ':' || translate(encode(
    extensions.pgp_pub_encrypt(
      jsonb_build_object('t', p_team_id, 'p', p_provider, 'k', p_key_name, 'v', p_value)::text,
      extensions.dearmor(v_recipient.public_key),
      'cipher-algo=aes256, compress-algo=0'),
    'base64'), E'\n', '');

  insert into public.team_secrets as s (team_id, provider, key_name, encrypted_value)
  values (p_team_id, p_provider, p_key_name, v_sealed)
  on conflict (team_id, provider, key_name) do update
     set encrypted_value = excluded.encrypted_value, is_active = true,
         validation_status = null, last_validated_at = null, validation_error = null
  returning s.id into v_id;

  insert into private.team_secret_authors as a (secret_id, created_by) values (v_id, p_created_by)
  on conflict (secret_id) do update set created_by = excluded.created_by, written_at = now();
  return v_id;
end
$$;
comment on function public.upsert_team_secret(uuid, text, text, text, uuid) is
  'Seals a provider credential with the active recipient''s public key and keeps the sealed text. Owners and admins of live teams.';
alter function public.upsert_team_secret(uuid, text, text, text, uuid) owner to app_definer;
revoke all on function public.upsert_team_secret(uuid, text, text, text, uuid) from public;
grant execute on function public.upsert_team_secret(uuid, text, text, text, uuid) to authenticated;
