-- name: list_calibrations
select c.id, c.backend, c.sha256, c.taken_at, c.imported_at, c.format, c.source, (c.description ->> 'qubits')::integer as qubits
  from public.calibrations as c
 where c.backend = %(backend)s

-- name: find_calibration
select c.id, c.backend, c.sha256, c.taken_at, c.imported_at, c.format, c.source, (c.description ->> 'qubits')::integer as qubits,
       c.content, c.description
  from public.calibrations as c
 where c.id = %(id)s

-- name: find_calibration_at
select c.id, c.backend, c.sha256, c.taken_at, c.imported_at, c.format, c.source, (c.description ->> 'qubits')::integer as qubits,
       c.content, c.description
  from private.calibration_at(%(backend)s, %(at)s) as c

-- name: find_last
select c.id, c.backend, c.sha256, c.taken_at, c.imported_at, c.format, c.source, (c.description ->> 'qubits')::integer as qubits
  from private.calibration_at(%(backend)s, clock_timestamp()) as c

-- name: import_calibration
select c.id, c.backend, c.sha256, c.taken_at, c.imported_at, c.format, c.source, (c.description ->> 'qubits')::integer as qubits
  from private.import_calibration(%(backend)s, %(sha256)s, %(taken_at)s, %(format)s, %(source)s, %(content)s, %(description)s) as c

-- name: find_device
select slug, name, provider, device_type, device_arn, provider_target_id, qubit_count from private.device_of(%(slug)s)
