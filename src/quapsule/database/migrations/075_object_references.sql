-- Which objects of the object store are still somebody's: asked before one is deleted.

create index capsule_artifacts_storage_path_idx on public.capsule_artifacts (storage_path) where storage_path is not null;
