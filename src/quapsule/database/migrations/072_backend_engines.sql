-- What the engines of this installation now simulate: noise under the branded name, and the vendor's CPU simulators by equivalent engines
-- (provider_target_id 'local'; the result names the program that the engine stands for). Their GPU twins stay offline.

-- The owner is bound by forced policies too, and there are none yet.
alter table public.backends no force row level security;

update public.backends
   set tags = array_append(tags, 'noise'),
       description = 'The same engines under the name that scripts of the original platform use; also with a noise model of your own.'
 where slug = 'marqov-sim' and not 'noise' = any (tags);

update public.backends b
   set provider_target_id = 'local', is_available = true, status = 'online', max_shots = 100000, description = d.description,
       tags = case when d.noise and not 'noise' = any (b.tags) then array_append(b.tags, 'noise') else b.tags end,
       pricing = b.pricing || '{"source": "this installation"}'::jsonb
  from (values
    ('qb-sim-statevector', 'State vector on CPU (the vendor''s qpp), run here by an equivalent local engine.', false),
    ('qb-sim-tensor-network', 'Tensor network on CPU (the vendor''s tnqvm), run here as a matrix product state by a local engine.', false),
    ('qb-sim-noisy-aer', 'Noisy simulation by Aer, run here by the local Aer with the noise model of the job.', true),
    ('qb-sim-density-matrix', 'Density matrix on CPU, run here by an equivalent local engine; takes a noise model.', true)
  ) as d(slug, description, noise)
 where b.slug = d.slug;

alter table public.backends force row level security;
