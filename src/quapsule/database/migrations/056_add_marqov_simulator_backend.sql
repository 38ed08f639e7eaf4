-- The platform's own simulators. Both run on the engines of this installation (provider_target_id 'local'); what a circuit needs decides
-- which engine, so 100 qubits are taken here and the engine refuses what does not fit into memory.

-- The owner is bound by forced policies too, and there are none yet.
alter table public.providers no force row level security;
alter table public.backends no force row level security;

insert into public.providers (slug, name, description) values
  ('quapsule', 'Quapsule', 'The engines of this installation.'),
  ('marqov', 'Marqov', 'The branded simulator, run by the engines of this installation.');

insert into public.backends
  (slug, name, provider, device_type, device_arn, provider_target_id, region, qubit_count, max_qubits, topology, max_shots, pricing,
   description, tags, display_order, is_recommended)
select
  d.slug, d.name, d.provider, 'simulator', d.device_arn, 'local', null, 100, 100, 'all-to-all', 100000,
  '{"taskFee": 0, "perShot": 0, "minimumCost": 0, "currency": "USD", "unit": "free", "source": "this installation", "date": "2026-11-01"}'::jsonb,
  d.description, '{simulator,free,statevector,stabilizer,mps}', d.display_order, d.recommended
from (values
  ('local', 'Local simulator', 'Quapsule', 'local:simulator', 'Statevector, stabilizer and matrix product state engines on this machine.', 0, true),
  ('marqov-sim', 'Marqov Simulator', 'Marqov', 'local:marqov-sim', 'The same engines under the name that scripts of the original platform use.', 1, false)
) as d(slug, name, provider, device_arn, description, display_order, recommended);

alter table public.providers force row level security;
alter table public.backends force row level security;
