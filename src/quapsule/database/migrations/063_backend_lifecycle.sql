-- Retired backends stay in the table, so that old jobs still name something; list_backends() shows them, the seed's policy does not.

create table public.backend_lifecycle (
  slug text primary key references public.backends (slug) on update cascade on delete cascade,
  retired_at timestamptz not null,
  reason text not null,
  successor text references public.backends (slug) on update cascade on delete set null
);
create index backend_lifecycle_successor_idx on public.backend_lifecycle (successor);

insert into public.backend_lifecycle (slug, retired_at, reason, successor) values
  ('ionq-aria-1', '2026-01-01 00:00:00+00', 'No longer offered by Amazon Braket.', 'ionq-forte-1'),
  ('ionq-aria-2', '2026-01-01 00:00:00+00', 'No longer offered by Amazon Braket.', 'ionq-forte-1'),
  ('rigetti-ankaa-2', '2026-01-01 00:00:00+00', 'No longer offered by Amazon Braket.', 'rigetti-ankaa-3');

-- The owner is bound by forced policies too, and there are none yet.
alter table public.backends no force row level security;

update public.backends set is_available = false, status = 'offline'
 where slug in ('ionq-aria-1', 'ionq-aria-2', 'rigetti-ankaa-2');

alter table public.backends force row level security;

alter table public.backend_lifecycle enable row level security;
alter table public.backend_lifecycle force row level security;
revoke all on public.backend_lifecycle from public, anon, authenticated;

comment on table public.backend_lifecycle is 'Backends that have been retired.';
comment on column public.backend_lifecycle.slug is 'Backend.';
comment on column public.backend_lifecycle.retired_at is 'Since when it is retired.';
comment on column public.backend_lifecycle.reason is 'Why.';
comment on column public.backend_lifecycle.successor is 'What to use instead.';
