-- Finding capsules among many.

-- For the policies' own form the GIN index is of no use: the text's operator may not run before the team is known. Here it may.
-- A rare word is looked up in that index, all of its rows, and sorted. A common one is met soon on the way through the newest; should it
-- only be common among the old ones, the walk is given up for the index. Conditions are said only where they are asked for, so that each
-- combination has a plan of its own.
-- p: q, state, tag, regulatory_framework, job_id, parent_id, backend, team_id; all optional. q is a web search, or a capsule's mqc:1: id.
create function public.search_capsules(p jsonb, p_limit integer, p_before_at timestamptz default null, p_before_id uuid default null)
returns setof public.capsules
language plpgsql volatile security definer set search_path = '' as $$ -- volatile: it asks for a plan
declare
  v_rare constant bigint := 4000; -- rows that the index gives in about the time that the walk takes
  v_walk constant integer := 1500;
  v_text constant text := ' and to_tsvector(''english'', c.name || '' '' || coalesce(c.description, '''')) @@ websearch_to_tsquery(''english'', $2 ->> ''q'')';
  v_order constant text := ' order by c.created_at desc, c.id desc limit ';
  v_teams uuid[] := private.my_teams();
  v_where text;
  v_plan json;
  v_found public.capsules[];
begin
  if p ? 'team_id' then
    v_teams := case when (p ->> 'team_id')::uuid = any (v_teams) then array[(p ->> 'team_id')::uuid] else '{}'::uuid[] end;
  end if;
  v_where := ' from public.capsules as c where '
    -- One team is said as one, so that its index gives the order.
    || case when cardinality(v_teams) = 1 then 'c.team_id = $1[1]' else 'c.team_id = any ($1)' end
    || case when p ? 'state' then ' and c.lifecycle_state = $2 ->> ''state''' else '' end
    || case when p ? 'tag' then ' and c.custom_metadata @> jsonb_build_object(''tags'', jsonb_build_array($2 -> ''tag''))' else '' end
    || case when p ? 'regulatory_framework' then ' and c.regulatory_framework = $2 ->> ''regulatory_framework''' else '' end
    || case when p ? 'job_id' then ' and c.job_id = ($2 ->> ''job_id'')::uuid' else '' end
    || case when p ? 'parent_id' then ' and c.parent_capsule_id = ($2 ->> ''parent_id'')::uuid' else '' end
    || case when p ? 'backend' then ' and exists (select 1 from public.job_runs as j where j.id = c.job_id and j.backend = $2 ->> ''backend'')' else '' end
    || case when p ->> 'q' like 'mqc:1:%' then
         ' and c.id in (select s.capsule_id from public.capsule_seals as s where s.mqc_id = $2 ->> ''q'')' else '' end
    || case when p_before_at is null then '' else ' and (c.created_at, c.id) < ($3, $4)' end;
  if not p ? 'q' or p ->> 'q' like 'mqc:1:%' then
    return query execute 'select c.*' || v_where || v_order || '$5' using v_teams, p, p_before_at, p_before_id, p_limit;
    return;
  end if;
  execute 'explain (format json) select 1' || v_where || v_text into v_plan using v_teams, p, p_before_at, p_before_id;
  if (v_plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint > v_rare then
    execute format('select array(select c from (select c.* %s %s %s) as c where true %s %s $5)', v_where, v_order, v_walk, v_text, v_order)
       into v_found using v_teams, p, p_before_at, p_before_id, p_limit;
  end if;
  if cardinality(v_found) = p_limit then
    return query select f.* from unnest(v_found) as f;
  else
    return query select f.* from private.look_up_capsules('select c.*' || v_where || v_text || v_order || '$5', v_teams, p, p_before_at, p_before_id, p_limit) as f;
  end if;
end
$$;
comment on function public.search_capsules(jsonb, integer, timestamptz, uuid) is
  'Capsules of the caller''s teams, newest first, narrowed by text and filters; before a place of the list where one is given.';
alter function public.search_capsules(jsonb, integer, timestamptz, uuid) owner to app_definer;
grant execute on function public.search_capsules(jsonb, integer, timestamptz, uuid) to authenticated;

create function private.look_up_capsules(p_query text, p_teams uuid[], p jsonb, p_before_at timestamptz, p_before_id uuid, p_limit integer)
returns setof public.capsules
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_indexscan = off as $$
begin
  return query execute p_query using p_teams, p, p_before_at, p_before_id, p_limit;
end
$$;
comment on function private.look_up_capsules(text, uuid[], jsonb, timestamptz, uuid, integer) is
  'Runs the query of search_capsules, which alone may call it, by way of bitmaps of indexes.';
grant execute on function private.look_up_capsules(text, uuid[], jsonb, timestamptz, uuid, integer) to app_definer;
