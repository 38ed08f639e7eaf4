-- Invitations by a link that is shown once; the table keeps the SHA-256 of its token.

create table public.team_invitations (
  id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id),
  email text not null,
  role text not null,
  token text not null,
  invited_by uuid not null references auth.users (id),
  status text not null default 'pending',
  expires_at timestamptz not null,
  created_at timestamptz default now(),
  constraint team_invitations_role_check check (role in ('admin', 'member')),
  constraint team_invitations_status_check check (status in ('pending', 'accepted', 'expired', 'revoked')),
  constraint team_invitations_token_check check (token ~ '^[0-9a-f]{64}$'),
  constraint team_invitations_token_key unique (token)
);
create index team_invitations_team_id_idx on public.team_invitations (team_id, created_at desc, id desc);
create index team_invitations_invited_by_idx on public.team_invitations (invited_by);
create unique index team_invitations_one_pending_idx on public.team_invitations (team_id, lower(email)) where status = 'pending';

alter table public.team_invitations enable row level security;
alter table public.team_invitations force row level security;
revoke all on public.team_invitations from public, anon, authenticated;

comment on table public.team_invitations is 'Invitations to a team, by a link that is shown once.';
comment on column public.team_invitations.id is 'Primary key.';
comment on column public.team_invitations.team_id is 'References teams.id.';
comment on column public.team_invitations.email is 'Invitee email.';
comment on column public.team_invitations.role is 'admin or member.';
comment on column public.team_invitations.token is 'SHA-256, in hex, of the token that the link carries; the token itself is shown once and not kept.';
comment on column public.team_invitations.invited_by is 'References auth.users.id.';
comment on column public.team_invitations.status is 'pending, accepted, expired, revoked.';
comment on column public.team_invitations.expires_at is 'Expiration (7 days from creation).';
comment on column public.team_invitations.created_at is 'When it was sent.';
