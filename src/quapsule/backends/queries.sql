-- name: list_backends
select id, slug, name, provider, device_type, status, is_available, pricing, region, qubit_count, topology, max_shots, max_qubits, description,
       documentation_url, tags, display_order, is_recommended, runs_here, is_connected, is_free, queue_depth, retired_at,
       retired_reason, successor, updated_at
  from public.list_backends()
