-- Backends, with the devices that the platform began with. A price says in which unit, from where and of which day it is;
-- Amazon bills its simulators per minute, and at least three seconds of a task. Unchecked prices were not compared with their source.

create table public.backends (
  id uuid primary key default gen_random_uuid(),
  slug text not null,
  name text not null,
  provider text not null,
  device_type text not null,
  device_arn text not null,
  provider_target_id text,
  region text,
  qubit_count integer,
  topology text,
  is_available boolean default true,
  status text default 'online',
  pricing jsonb,
  max_shots integer default 100000,
  max_qubits integer,
  description text,
  documentation_url text,
  tags text[],
  display_order integer default 0,
  is_recommended boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint backends_slug_key unique (slug),
  constraint backends_device_arn_key unique (device_arn),
  constraint backends_device_type_check check (device_type in ('simulator', 'qpu')),
  constraint backends_status_check check (status in ('online', 'offline', 'maintenance'))
);

insert into public.backends
  (slug, name, provider, device_type, device_arn, region, qubit_count, max_qubits, topology, max_shots, pricing, description, tags, display_order)
select
  d.slug, d.name, d.provider, d.device_type, d.device_arn, d.region, d.qubits, d.qubits, d.topology, d.max_shots,
  case d.unit
    when 'minute' then jsonb_build_object(
      'taskFee', 0, 'perShot', 0, 'perMinute', d.price, 'minimumCost', round(d.price * 3 / 60, 6), 'unit', 'minute')
    else jsonb_build_object('taskFee', 0.30, 'perShot', d.price, 'minimumCost', 0.30 + d.price, 'unit', 'task and shot')
  end || jsonb_build_object('currency', 'USD', 'source', 'https://aws.amazon.com/braket/pricing/', 'date', d.priced_on,
    'checked', d.slug not in ('sv1', 'dm1', 'tn1', 'iqm-emerald')),
  d.description, d.tags, d.display_order
from (values
  ('sv1', 'SV1', 'AWS Braket', 'simulator', 'arn:aws:braket:::device/quantum-simulator/amazon/sv1', 'us-east-1', 34, 'all-to-all',
    100000, 'minute', 0.075, '2026-11-22', 'State vector simulator.', '{simulator,statevector}'::text[], 10),
  ('dm1', 'DM1', 'AWS Braket', 'simulator', 'arn:aws:braket:::device/quantum-simulator/amazon/dm1', 'us-east-1', 17, 'all-to-all',
    100000, 'minute', 0.075, '2026-11-22', 'Density matrix simulator, with noise.', '{simulator,density-matrix,noise}', 20),
  ('tn1', 'TN1', 'AWS Braket', 'simulator', 'arn:aws:braket:::device/quantum-simulator/amazon/tn1', 'us-east-1', 50, 'all-to-all',
    1000, 'minute', 0.275, '2026-11-22', 'Tensor network simulator.', '{simulator,tensor-network}', 30),
  ('ionq-aria-1', 'Aria 1', 'IonQ', 'qpu', 'arn:aws:braket:us-east-1::device/qpu/ionq/Aria-1', 'us-east-1', 25, 'all-to-all',
    5000, 'shot', 0.03, '2025-01-01', 'Trapped ions.', '{qpu,trapped-ion}', 40),
  ('ionq-aria-2', 'Aria 2', 'IonQ', 'qpu', 'arn:aws:braket:us-east-1::device/qpu/ionq/Aria-2', 'us-east-1', 25, 'all-to-all',
    5000, 'shot', 0.03, '2025-01-01', 'Trapped ions.', '{qpu,trapped-ion}', 50),
  ('ionq-forte-1', 'Forte 1', 'IonQ', 'qpu', 'arn:aws:braket:us-east-1::device/qpu/ionq/Forte-1', 'us-east-1', 36, 'all-to-all',
    5000, 'shot', 0.08, '2026-11-22', 'Trapped ions.', '{qpu,trapped-ion}', 60),
  ('rigetti-ankaa-2', 'Ankaa-2', 'Rigetti', 'qpu', 'arn:aws:braket:us-west-1::device/qpu/rigetti/Ankaa-2', 'us-west-1', 84, 'square lattice',
    50000, 'shot', 0.0009, '2025-01-01', 'Superconducting transmons.', '{qpu,superconducting}', 70),
  ('rigetti-ankaa-3', 'Ankaa-3', 'Rigetti', 'qpu', 'arn:aws:braket:us-west-1::device/qpu/rigetti/Ankaa-3', 'us-west-1', 84, 'square lattice',
    50000, 'shot', 0.0009, '2026-11-22', 'Superconducting transmons; 82 of 84 qubits are usable.', '{qpu,superconducting}', 80),
  ('iqm-garnet', 'Garnet', 'IQM', 'qpu', 'arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet', 'eu-north-1', 20, 'square lattice',
    20000, 'shot', 0.00145, '2026-11-22', 'Superconducting transmons.', '{qpu,superconducting}', 90),
  ('iqm-emerald', 'Emerald', 'IQM', 'qpu', 'arn:aws:braket:eu-north-1::device/qpu/iqm/Emerald', 'eu-north-1', 54, 'square lattice',
    20000, 'shot', 0.0016, '2026-11-22', 'Superconducting transmons.', '{qpu,superconducting}', 100),
  ('quera-aquila', 'Aquila', 'QuEra', 'qpu', 'arn:aws:braket:us-east-1::device/qpu/quera/Aquila', 'us-east-1', 256, 'analog, reconfigurable',
    1000, 'shot', 0.01, '2026-11-22', 'Neutral atoms; analog programs only.', '{qpu,neutral-atom,analog}', 110)
) as d(slug, name, provider, device_type, device_arn, region, qubits, topology, max_shots, unit, price, priced_on, description, tags, display_order);

alter table public.backends enable row level security;
alter table public.backends force row level security;
revoke all on public.backends from public, anon, authenticated;

comment on table public.backends is 'Quantum backends with prices and limits.';
comment on column public.backends.id is 'Primary key.';
comment on column public.backends.slug is 'Unique URL-friendly ID (e.g., sv1).';
comment on column public.backends.name is 'Display name.';
comment on column public.backends.provider is 'Provider (e.g., AWS Braket, IonQ).';
comment on column public.backends.device_type is 'simulator or qpu.';
comment on column public.backends.device_arn is 'Unique provider device ARN.';
comment on column public.backends.provider_target_id is 'Provider-specific target ID; ''local'' means: run by this installation''s own engines.';
comment on column public.backends.region is 'AWS region.';
comment on column public.backends.qubit_count is 'Number of qubits.';
comment on column public.backends.topology is 'Connectivity (e.g., all-to-all).';
comment on column public.backends.is_available is 'Accepting jobs.';
comment on column public.backends.status is 'online, offline, maintenance.';
comment on column public.backends.pricing is '{taskFee, perShot, minimumCost} with unit, currency, source and date; perMinute where time is billed.';
comment on column public.backends.max_shots is 'Maximum shots.';
comment on column public.backends.max_qubits is 'Maximum qubits.';
comment on column public.backends.description is 'Description.';
comment on column public.backends.documentation_url is 'Provider docs URL.';
comment on column public.backends.tags is 'Searchable tags.';
comment on column public.backends.display_order is 'UI sort order.';
comment on column public.backends.is_recommended is 'Featured backend.';
comment on column public.backends.created_at is 'When it was listed.';
comment on column public.backends.updated_at is 'Auto-trigger.';
