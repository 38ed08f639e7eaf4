-- Codes that open sign-up.

create table public.invitation_codes (
  id uuid primary key default gen_random_uuid(),
  code text not null,
  max_uses integer not null default 1,
  used_count integer not null default 0,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  constraint invitation_codes_code_key unique (code),
  constraint invitation_codes_code_check check (code ~ '^[A-Za-z0-9_-]{1,64}$'),
  constraint invitation_codes_uses_check check (max_uses >= 1 and used_count between 0 and max_uses)
);

alter table public.invitation_codes enable row level security;
alter table public.invitation_codes force row level security;
revoke all on public.invitation_codes from public, anon, authenticated;

comment on table public.invitation_codes is 'Codes that open sign-up.';
comment on column public.invitation_codes.id is 'Primary key.';
comment on column public.invitation_codes.code is 'What is typed: 1 to 64 of A-Z a-z 0-9 _ -.';
comment on column public.invitation_codes.max_uses is 'Sign-ups that it opens.';
comment on column public.invitation_codes.used_count is 'Sign-ups that it has opened.';
comment on column public.invitation_codes.expires_at is 'Good until then; NULL: no end.';
comment on column public.invitation_codes.created_at is 'Creation.';
