-- A tag, or what is regulated, is found among a hundred thousand capsules without reading them all.

create index capsules_custom_metadata_idx on public.capsules using gin (custom_metadata jsonb_path_ops);
create index capsules_regulated_page_idx on public.capsules (team_id, regulatory_framework, created_at desc, id desc)
  where regulatory_framework is not null;
