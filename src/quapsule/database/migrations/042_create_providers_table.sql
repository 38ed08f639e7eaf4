-- Who runs the backends.

create table public.providers (
  id uuid primary key default gen_random_uuid(),
  slug text not null,
  name text not null,
  description text,
  documentation_url text,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint providers_slug_key unique (slug),
  constraint providers_name_key unique (name)
);

insert into public.providers (slug, name, description, documentation_url) values
  ('aws-braket', 'AWS Braket', 'Amazon''s managed simulators.', 'https://docs.aws.amazon.com/braket/'),
  ('ionq', 'IonQ', 'Trapped-ion processors, through Amazon Braket.', 'https://docs.aws.amazon.com/braket/'),
  ('rigetti', 'Rigetti', 'Superconducting processors, through Amazon Braket.', 'https://docs.aws.amazon.com/braket/'),
  ('iqm', 'IQM', 'Superconducting processors, through Amazon Braket.', 'https://docs.aws.amazon.com/braket/'),
  ('quera', 'QuEra', 'Neutral-atom analog processors, through Amazon Braket.', 'https://docs.aws.amazon.com/braket/');

alter table public.providers enable row level security;
alter table public.providers force row level security;
revoke all on public.providers from public, anon, authenticated;

comment on table public.providers is 'Who runs the backends.';
comment on column public.providers.id is 'Primary key.';
comment on column public.providers.slug is 'URL-friendly identifier.';
comment on column public.providers.name is 'Display name, as in backends.provider.';
comment on column public.providers.description is 'What it offers.';
comment on column public.providers.documentation_url is 'Its documentation.';
comment on column public.providers.is_active is 'Whether it is shown.';
comment on column public.providers.created_at is 'Creation.';
comment on column public.providers.updated_at is 'Last update (auto-trigger).';
