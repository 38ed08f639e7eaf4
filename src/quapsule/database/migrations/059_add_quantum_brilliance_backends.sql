-- Quantum Brilliance's simulators. They need the vendor's runtime, which this installation has not got: listed, not accepting jobs.

-- The owner is bound by forced policies too, and there are none yet.
alter table public.providers no force row level security;
alter table public.backends no force row level security;

insert into public.providers (slug, name, description) values
  ('quantum-brilliance', 'Quantum Brilliance', 'Simulators of diamond processors, run by the vendor''s runtime.');

insert into public.backends
  (slug, name, provider, device_type, device_arn, provider_target_id, qubit_count, max_qubits, topology, is_available, status, pricing,
   description, tags, display_order)
select
  d.slug, d.name, 'Quantum Brilliance', 'simulator', 'qb:' || d.slug, d.target, d.qubits, d.qubits, 'all-to-all', false, 'offline',
  '{"taskFee": 0, "perShot": 0, "minimumCost": 0, "currency": "USD", "unit": "free", "source": "vendor runtime on own hardware", "date": "2026-11-01"}'::jsonb,
  d.description, d.tags, d.display_order
from (values
  ('qb-sim-statevector', 'QB state vector', 'qpp', 28, 'State vector on CPU.', '{simulator,statevector}'::text[], 200),
  ('qb-sim-statevector-gpu', 'QB state vector (GPU)', 'qpp-gpu', 28, 'State vector on GPU.', '{simulator,statevector,gpu}', 210),
  ('qb-sim-tensor-network', 'QB tensor network', 'tnqvm', 100, 'Tensor network on CPU.', '{simulator,tensor-network}', 220),
  ('qb-sim-tensor-network-gpu', 'QB tensor network (GPU)', 'tnqvm-gpu', 100, 'Tensor network on GPU.', '{simulator,tensor-network,gpu}', 230),
  ('qb-sim-noisy-aer', 'QB noisy Aer', 'aer', 28, 'Noisy simulation by Aer.', '{simulator,noise}', 240),
  ('qb-sim-noisy-aer-gpu', 'QB noisy Aer (GPU)', 'aer-gpu', 28, 'Noisy simulation by Aer on GPU.', '{simulator,noise,gpu}', 250),
  ('qb-sim-density-matrix', 'QB density matrix', 'density-matrix', 14, 'Density matrix on CPU.', '{simulator,density-matrix}', 260)
) as d(slug, name, target, qubits, description, tags, display_order);

alter table public.providers force row level security;
alter table public.backends force row level security;
