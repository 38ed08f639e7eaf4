-- Sealing and signing as callers ask for it, and what they may read of it. Whoever signs gives the password again.

grant select, insert, update on public.signing_keys to app_definer;
grant select, insert on public.capsule_signatures, public.capsule_dois to app_definer;
grant select, insert, update, delete on private.reauthentications to app_definer;
grant select on private.seal_log, private.seal_nodes, private.checkpoints to app_definer;

create policy "a capsule's signatures are read with it" on public.capsule_signatures for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));
create policy "a capsule's timestamps are read with it" on public.capsule_timestamps for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));
create policy "a capsule's DOI is read with it" on public.capsule_dois for select to authenticated
  using (exists (select 1 from public.capsules as c where c.id = capsule_id));
create policy "members read what was changed of their teams' capsules" on public.capsule_changes for select to authenticated
  using (team_id = any ((select private.my_teams())::uuid[]));
create policy "the platform's keys, one's own, and those that signed what one may read" on public.signing_keys for select to authenticated
  using (kind = 'platform' or owner_id = (select auth.uid())
         or exists (select 1 from public.capsule_signatures as s where s.key_id = signing_keys.key_id));

grant select on public.capsule_signatures, public.capsule_timestamps, public.capsule_dois, public.capsule_changes, public.signing_keys to authenticated;

-- Written and used up in one transaction of the API, whose login alone may write it: nobody else's request can ride on it.
create function private.note_reauthentication(p_user uuid) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.reauthentications as r (user_id) values (p_user) on conflict (user_id) do update set at = clock_timestamp()
$$;
comment on function private.note_reauthentication(uuid) is 'This person gave the password again just now.';
alter function private.note_reauthentication(uuid) owner to app_definer;
grant execute on function private.note_reauthentication(uuid) to api_login;

create function private.use_reauthentication() returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.in_person() then
    raise sqlstate 'PT403' using message = 'An API key does not sign.', detail = 'permission_denied', hint = 'Sign in and sign in person.';
  end if;
  delete from private.reauthentications as r where r.user_id = auth.uid() and r.at > clock_timestamp() - interval '60 seconds';
  if not found then
    raise sqlstate 'PT403' using message = 'Signing asks for the password again.', detail = 'password_wrong', hint = 'Send password.';
  end if;
end
$$;
comment on function private.use_reauthentication() is 'Refuses whoever did not give the password again within the last minute; what was given is used up.';
alter function private.use_reauthentication() owner to app_definer;

create function public.request_seal(p_capsule uuid, p_notes text default null, p_meaning text default null) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
  v_open public.seal_requests;
  v_id uuid;
begin
  if exists (select 1 from public.job_runs as j where j.id = v.job_id and j.status not in ('completed', 'failed', 'cancelled')) then
    raise sqlstate 'PT409' using message = 'The capsule''s job has not ended yet.', detail = 'conflict',
      hint = 'Wait for its end; a submit with seal_capsule seals by itself.';
  elsif v.regulatory_framework = 'FDA-21CFR11' and p_meaning is null then
    raise sqlstate 'PT400' using message = 'A capsule under 21 CFR Part 11 is signed by a person when it is sealed.', detail = 'validation_error',
      hint = 'Send meaning (author, review, approval or responsibility) and password.';
  end if;
  if p_meaning is not null then
    perform private.use_reauthentication();
  end if;
  select * into v_open from public.seal_requests as r where r.capsule_id = p_capsule and r.kind = 'seal' and r.done_at is null;
  if v_open.id is not null then
    if (v_open.requested_by, v_open.meaning) is distinct from (auth.uid(), p_meaning) then
      raise sqlstate 'PT409' using message = 'The capsule is being sealed.', detail = 'conflict', hint = 'Look at it again in a moment.';
    end if;
    return v_open.id;
  elsif not exists (select 1 from public.capsule_artifacts as a where a.capsule_id = p_capsule)
        and not exists (select 1 from public.seal_requests as r where r.capsule_id = p_capsule and r.kind = 'fill' and r.done_at is null) then
    raise sqlstate 'PT409' using message = 'The capsule is empty.', detail = 'conflict', hint = 'Add artifacts first.';
  end if;
  insert into public.seal_requests (capsule_id, kind, requested_by, requested_name, notes, meaning)
  values (p_capsule, 'seal', auth.uid(), private.my_printed_name(), p_notes, p_meaning) returning id into v_id;
  return v_id;
end
$$;
comment on function public.request_seal(uuid, text, text) is
  'Asks the worker to seal a draft; with a meaning, signed in the caller''s name too, who gave the password again. Returns the request.';
alter function public.request_seal(uuid, text, text) owner to app_definer;
grant execute on function public.request_seal(uuid, text, text) to authenticated;

create function private.capsule_to_sign(p_capsule uuid) returns public.capsules
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules;
begin
  select * into v from public.capsules as c where c.id = p_capsule and c.team_id = any (private.my_teams());
  if not found then
    raise sqlstate 'PT404' using message = 'No such capsule, or not one that you may see.', detail = 'not_found';
  end if;
  perform private.choose_team(v.team_id);
  if v.lifecycle_state not in ('sealed', 'archived') then
    raise sqlstate 'PT409' using message = 'Only a sealed capsule is signed.', detail = 'capsule_not_sealed',
      hint = 'Seal it with a meaning, or seal it first.';
  end if;
  perform private.use_reauthentication();
  return v;
end
$$;
comment on function private.capsule_to_sign(uuid) is 'The sealed capsule, if the caller may sign it: a member of its live team, in person, who gave the password again.';
alter function private.capsule_to_sign(uuid) owner to app_definer;

create function public.request_signature(p_capsule uuid, p_meaning text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_sign(p_capsule);
  v_id uuid;
begin
  insert into public.seal_requests (capsule_id, kind, requested_by, requested_name, meaning)
  values (v.id, 'sign', auth.uid(), private.my_printed_name(), p_meaning) returning id into v_id;
  return v_id;
end
$$;
comment on function public.request_signature(uuid, text) is 'Asks the worker to witness the caller''s signature with the platform''s key. Returns the request.';
alter function public.request_signature(uuid, text) owner to app_definer;
grant execute on function public.request_signature(uuid, text) to authenticated;

-- In schema private: PostgreSQL cannot check an Ed25519 signature; the API has.
create function private.add_signature(p_capsule uuid, p_key_id text, p_meaning text, p_signed_at timestamptz, p_envelope text) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_sign(p_capsule);
  v_id uuid;
begin
  perform 1 from public.signing_keys as k where k.key_id = p_key_id and k.owner_id = auth.uid() and k.revoked_at is null for share;
  if not found then
    raise sqlstate 'PT422' using message = 'The key is not one of yours, or was revoked.', detail = 'signature_invalid',
      hint = 'Register its public key first: POST /api/signing-keys.';
  elsif p_signed_at not between now() - interval '1 hour' and now() + interval '5 minutes' then
    raise sqlstate 'PT422' using message = 'The signature was not made just now.', detail = 'signature_invalid', hint = 'Sign again; check the clock.';
  end if;
  insert into public.capsule_signatures (capsule_id, key_id, kind, signer_id, signer_name, meaning, signed_at, envelope)
  values (v.id, p_key_id, 'user', auth.uid(), private.my_printed_name(), p_meaning, p_signed_at, p_envelope) returning id into v_id;
  return v_id;
end
$$;
comment on function private.add_signature(uuid, text, text, timestamptz, text) is 'A signature by the caller''s own key, which the API has checked. Returns its id.';
alter function private.add_signature(uuid, text, text, timestamptz, text) owner to app_definer;
grant execute on function private.add_signature(uuid, text, text, timestamptz, text) to authenticated;

create function public.register_signing_key(p_public_key bytea) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_key_id text := encode(sha256(p_public_key), 'hex');
begin
  perform private.use_reauthentication();
  insert into public.signing_keys (key_id, public_key, kind, owner_id, name) values (v_key_id, p_public_key, 'user', auth.uid(), private.my_printed_name());
  return v_key_id;
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'The key is registered already.', detail = 'already_exists', hint = 'A key is one person''s, and once revoked stays so; make a new one.';
end
$$;
comment on function public.register_signing_key(bytea) is 'Makes an Ed25519 public key the caller''s, who gave the password again. Returns its fingerprint.';
alter function public.register_signing_key(bytea) owner to app_definer;
grant execute on function public.register_signing_key(bytea) to authenticated;

create function public.revoke_signing_key(p_key_id text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.in_person() then
    raise sqlstate 'PT403' using message = 'An API key may not do this.', detail = 'permission_denied', hint = 'Sign in and ask in person.';
  end if;
  update public.signing_keys as k set revoked_at = coalesce(k.revoked_at, clock_timestamp()) where k.key_id = p_key_id and k.owner_id = auth.uid();
  if not found then
    raise sqlstate 'PT404' using message = 'No such key, or not one of yours.', detail = 'not_found';
  end if;
end
$$;
comment on function public.revoke_signing_key(text) is 'Nothing new is signed with the caller''s key from now on; what it signed stands. Again is no error.';
alter function public.revoke_signing_key(text) owner to app_definer;
grant execute on function public.revoke_signing_key(text) to authenticated;

create function public.record_doi(p_capsule uuid, p_doi text) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.capsule_to_change(p_capsule);
begin
  if not private.is_leader(v.team_id) then
    raise sqlstate 'PT403' using message = 'Only an owner or admin of the team records a DOI.', detail = 'permission_denied';
  elsif v.lifecycle_state not in ('sealed', 'archived') then
    raise sqlstate 'PT409' using message = 'A DOI names what does not change: seal the capsule first.', detail = 'capsule_not_sealed';
  end if;
  insert into public.capsule_dois (capsule_id, doi, registered_by) values (p_capsule, p_doi, auth.uid());
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'The capsule has a DOI, or this one is another''s.', detail = 'already_exists';
end
$$;
comment on function public.record_doi(uuid, text) is 'Notes the DOI under which a sealed capsule was registered; owners and admins, once.';
alter function public.record_doi(uuid, text) owner to app_definer;
grant execute on function public.record_doi(uuid, text) to authenticated;

-- In schema private: that the bytes are an intact capsule only the API can tell, which has verified them. Begun, given its files and ended
-- in one transaction.
-- p: mqc_id, parent_mqc_id, and what save_capsule takes.
create function private.begin_import(p jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_team uuid := private.choose_team((p ->> 'team_id')::uuid);
  v_there uuid;
  v_parent uuid;
begin
  -- Two imports of the same file wait for each other here.
  perform pg_advisory_xact_lock(hashtextextended(v_team::text || (p ->> 'mqc_id'), 0));
  select c.id into v_there from public.capsule_seals as s join public.capsules as c on c.id = s.capsule_id
   where s.mqc_id = p ->> 'mqc_id' and c.team_id = v_team;
  if found then
    raise sqlstate 'PT409' using message = 'The team has this capsule already.', detail = 'already_exists', hint = format('It is capsule %s.', v_there);
  end if;
  select c.id into v_parent from public.capsule_seals as s join public.capsules as c on c.id = s.capsule_id
   where s.mqc_id = p ->> 'parent_mqc_id' and c.team_id = v_team order by c.created_at limit 1;
  return public.save_capsule(jsonb_strip_nulls(p || jsonb_build_object('team_id', v_team, 'parent_capsule_id', v_parent)));
end
$$;
comment on function private.begin_import(jsonb) is 'The draft that an imported capsule''s files are put into, under the parent that the team has. Returns its id.';
alter function private.begin_import(jsonb) owner to app_definer;
grant execute on function private.begin_import(jsonb) to authenticated;

create function private.import_artifacts(p_capsule uuid, p_artifacts jsonb, p_texts text[], p_binaries bytea[]) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
begin
  insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, storage_path, content_text, content_binary)
  select v.id, a.name, a.artifact_type, a.content_type, a.size_bytes, a.digest, a.storage_path, p_texts[a.place], p_binaries[a.place]
    from rows from (jsonb_to_recordset(p_artifacts) as (name text, artifact_type text, content_type text, size_bytes bigint, digest text,
                                                        storage_path text)) with ordinality
      as a (name, artifact_type, content_type, size_bytes, digest, storage_path, place);
end
$$;
comment on function private.import_artifacts(uuid, jsonb, text[], bytea[]) is 'Adds files to a draft many at a time, each with its text or its bytes or its place in the object store.';
alter function private.import_artifacts(uuid, jsonb, text[], bytea[]) owner to app_definer;
grant execute on function private.import_artifacts(uuid, jsonb, text[], bytea[]) to authenticated;

-- p: mqc_id, sealed_at, foreign_proof, num_tasks, total_shots, task_executions; the bytes as they came.
create function private.end_import(p_capsule uuid, p jsonb, p_manifest bytea, p_canonical bytea, p_checksums bytea) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.capsules := private.draft_to_change(p_capsule);
begin
  insert into public.capsule_task_executions (capsule_id, task_id, backend, start_time, end_time, cost_usd, shots, job_id)
  select v.id, t.task_id, t.backend, t.start_time, t.end_time, t.cost_usd, t.shots, t.job_id
    from jsonb_to_recordset(p -> 'task_executions') as t (task_id text, backend text, start_time timestamptz, end_time timestamptz,
                                                          cost_usd numeric, shots integer, job_id text);
  insert into public.capsule_seals (capsule_id, mqc_id, origin, manifest, canonical, checksums, sealed_at, foreign_proof)
  values (v.id, p ->> 'mqc_id', 'import', p_manifest, p_canonical, p_checksums, (p ->> 'sealed_at')::timestamptz, nullif(p -> 'foreign_proof', 'null'));
  update public.capsules as c
     set lifecycle_state = 'sealed', sealed_at = (p ->> 'sealed_at')::timestamptz, num_tasks = (p ->> 'num_tasks')::integer,
         total_shots = (p ->> 'total_shots')::integer
   where c.id = v.id;
end
$$;
comment on function private.end_import(uuid, jsonb, bytea, bytea, bytea) is 'Seals a draft that holds the files of an imported capsule, with that capsule''s own bytes and id.';
alter function private.end_import(uuid, jsonb, bytea, bytea, bytea) owner to app_definer;
grant execute on function private.end_import(uuid, jsonb, bytea, bytea, bytea) to authenticated;

-- The log is public: hashes, and ids that are hashes themselves.
create function public.seal_log_checkpoint() returns table (tree_size bigint, root bytea, note text, at timestamptz)
language sql stable security definer set search_path = '' as $$
  select c.tree_size, c.root, c.note, c.at from private.checkpoints as c order by c.tree_size desc limit 1
$$;
comment on function public.seal_log_checkpoint() is 'The last signed head of the log; none while it is empty.';
alter function public.seal_log_checkpoint() owner to app_definer;
grant execute on function public.seal_log_checkpoint() to anon, authenticated;

create function public.seal_log_nodes(p_levels integer[], p_indexes bigint[]) returns table (level integer, index bigint, hash bytea)
language plpgsql stable security definer set search_path = '' as $$
begin
  if cardinality(p_levels) > 4096 then
    raise sqlstate 'PT400' using message = 'No proof needs that many nodes.', detail = 'validation_error';
  end if;
  return query
    select n.level, n.index, n.hash from unnest(p_levels, p_indexes) as w (level, index)
      join private.seal_nodes as n on n.level = w.level and n.index = w.index;
end
$$;
comment on function public.seal_log_nodes(integer[], bigint[]) is 'Hashes of complete subtrees of the log, which proofs are made of; at most 4,096.';
alter function public.seal_log_nodes(integer[], bigint[]) owner to app_definer;
grant execute on function public.seal_log_nodes(integer[], bigint[]) to anon, authenticated;

create function public.seal_log_index(p_mqc_id text) returns bigint
language sql stable security definer set search_path = '' as $$
  select s.log_seq from public.capsule_seals as s where s.mqc_id = p_mqc_id and s.log_seq is not null order by s.log_seq limit 1
$$;
comment on function public.seal_log_index(text) is 'Where the log has a capsule''s id; NULL: it was not sealed here.';
alter function public.seal_log_index(text) owner to app_definer;
grant execute on function public.seal_log_index(text) to anon, authenticated;

create function public.seal_log_keys() returns setof public.signing_keys
language sql stable security definer set search_path = '' as $$
  select k.* from public.signing_keys as k where k.kind = 'platform' order by k.created_at
$$;
comment on function public.seal_log_keys() is 'The platform''s own keys, also those that it had before.';
alter function public.seal_log_keys() owner to app_definer;
grant execute on function public.seal_log_keys() to anon, authenticated;
