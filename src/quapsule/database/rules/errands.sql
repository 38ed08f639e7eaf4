-- Errands: work that is asked for without a job row. Its owner alone reads the answer, once.

grant select, insert, delete on private.errands to app_definer;

create function private.is_play(p_kind text) returns boolean
language sql immutable parallel safe set search_path = '' as $$
  select p_kind in ('run', 'convert')
$$;
comment on function private.is_play(text) is 'Whether an errand is the playground''s, which runs code; the others only look at it, and are served beside it.';
grant execute on function private.is_play(text) to app_definer;

create function private.add_errand(p_kind text, p_input jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_user uuid := auth.uid();
  v_id uuid;
begin
  -- It takes a worker's time: whoever may submit nothing may ask for nothing.
  if cardinality(private.my_live_teams()) = 0 then
    if private.my_level() <> 'read' and cardinality(private.my_teams()) > 0 then
      raise sqlstate 'PT403' using message = 'The team is suspended: everything can be read, nothing changed.', detail = 'team_suspended';
    end if;
    raise sqlstate 'PT403' using message = 'Only a member of a live team may ask for this; a key of level read may not.', detail = 'permission_denied';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('errands of ' || v_user, 0));
  if 2 <= (select count(*) from private.errands as e
            where e.user_id = v_user and private.is_play(e.kind) = private.is_play(p_kind) and e.finished_at is null and e.expires_at > now()) then
    raise sqlstate 'PT429' using detail = 'rate_limited', hint = 'Wait for one of them.',
      message = case when private.is_play(p_kind) then 'Two of your runs are under way already.' else 'Two of your analyses are being made already.' end;
  end if;
  insert into private.errands (kind, input, user_id) values (p_kind, p_input, v_user) returning id into v_id;
  perform pg_notify('quapsule_jobs', 'errand');
  return v_id;
end
$$;
comment on function private.add_errand(text, jsonb) is 'Adds an errand of the caller; of runs and of looks, two at a time and person. Returns its id.';
alter function private.add_errand(text, jsonb) owner to app_definer;

create function private.ask(p_kind text, p_input jsonb) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
begin
  if private.is_play(p_kind) then
    raise sqlstate 'PT403' using message = 'The playground is asked by its own function.', detail = 'permission_denied';
  end if;
  return private.add_errand(p_kind, p_input);
end
$$;
comment on function private.ask(text, jsonb) is 'Asks the workers to look at something. Returns the errand''s id.';
alter function private.ask(text, jsonb) owner to app_definer;
grant execute on function private.ask(text, jsonb) to authenticated;

create function private.ask_to_play(p_kind text, p_input jsonb, p_qubits integer) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v public.backends;
begin
  if not private.is_play(p_kind) then
    raise sqlstate 'PT400' using message = format('The playground does not do %L.', p_kind), detail = 'validation_error';
  end if;
  if p_kind = 'run' then
    v := private.check_backend(p_input -> 'backend' ->> 'slug', p_input -> 'params', p_qubits);
    if v.provider_target_id is distinct from 'local' or not private.is_free(v.pricing) then
      raise sqlstate 'PT422' using message = format('The playground does not run on %s.', v.name), detail = 'backend_unavailable',
        hint = 'Use local, or a free simulator that this installation runs; or submit it as a job.';
    end if;
    p_input := jsonb_set(p_input, '{backend}', jsonb_build_object(
      'slug', v.slug, 'name', v.name, 'provider', v.provider, 'device_type', v.device_type, 'qubit_count', v.qubit_count,
      'max_qubits', v.max_qubits, 'max_shots', v.max_shots, 'target', 'local', 'tags', coalesce(v.tags, '{}'), 'pricing', v.pricing));
  end if;
  return private.add_errand(p_kind, p_input);
end
$$;
comment on function private.ask_to_play(text, jsonb, integer) is
  'Asks the workers to run, or to convert, what nothing is kept of; refuses what a submit refuses, and every backend that is not free and here.';
alter function private.ask_to_play(text, jsonb, integer) owner to app_definer;
grant execute on function private.ask_to_play(text, jsonb, integer) to authenticated;

create function private.answer(p_id uuid) returns jsonb
language sql volatile security definer set search_path = '' as $$
  delete from private.errands as e where e.id = p_id and e.user_id = auth.uid() and e.finished_at is not null returning e.output
$$;
comment on function private.answer(uuid) is 'The answer of one''s own errand, once; NULL while there is none.';
alter function private.answer(uuid) owner to app_definer;
grant execute on function private.answer(uuid) to authenticated;

create function private.drop_errand(p_id uuid) returns void
language sql volatile security definer set search_path = '' as $$
  delete from private.errands as e where e.id = p_id and e.user_id = auth.uid()
$$;
comment on function private.drop_errand(uuid) is 'Gives up waiting for one''s own errand.';
alter function private.drop_errand(uuid) owner to app_definer;
grant execute on function private.drop_errand(uuid) to authenticated;
