-- What a device could do at a given time. Never deleted and never changed: a task's result is explained by the snapshot that it names,
-- also long after the device has retired.

create table public.calibrations (
  id uuid primary key default gen_random_uuid(),
  backend text not null references public.backends (slug) on update restrict on delete restrict,
  sha256 text not null,
  taken_at timestamptz not null,
  imported_at timestamptz not null default now(),
  format text not null,
  source text not null,
  content jsonb not null,
  description jsonb not null,
  constraint calibrations_content_key unique (backend, sha256),
  constraint calibrations_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint calibrations_content_check check (jsonb_typeof(content) = 'object'),
  constraint calibrations_description_check check (jsonb_typeof(description) = 'object')
);
create index calibrations_as_of_idx on public.calibrations (backend, taken_at desc, imported_at desc, id desc);
create index calibrations_page_idx on public.calibrations (backend, taken_at desc, id desc);

alter table public.calibrations enable row level security;
alter table public.calibrations force row level security;
revoke all on public.calibrations from public, anon, authenticated;

comment on table public.calibrations is 'Snapshots of what a device could do: topology, gates, times and errors. Kept for ever.';
comment on column public.calibrations.id is 'Primary key.';
comment on column public.calibrations.backend is 'Slug of the device.';
comment on column public.calibrations.sha256 is 'SHA-256 of the content''s canonical JSON (keys sorted, no blanks, whole numbers without a fraction), in hex.';
comment on column public.calibrations.taken_at is 'When the device was measured, as the snapshot says; for published figures, their date.';
comment on column public.calibrations.imported_at is 'When it was imported here.';
comment on column public.calibrations.format is 'Which format the content has, with its version.';
comment on column public.calibrations.source is 'Where the figures are from; says so when they are nominal.';
comment on column public.calibrations.content is 'The snapshot as it was given.';
comment on column public.calibrations.description is 'The device read from it, as the emulation takes it.';
