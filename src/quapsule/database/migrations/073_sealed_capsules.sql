-- What a sealed capsule has beside its row: its bytes as they were hashed, signatures, its place in the log, and the trail of its changes.

create unique index capsule_artifacts_name_idx on public.capsule_artifacts (capsule_id, name);

create table public.capsule_seals (
  capsule_id uuid primary key references public.capsules (id) on delete cascade,
  mqc_id text not null,
  origin text not null,
  manifest bytea not null,
  canonical bytea not null,
  checksums bytea not null,
  sealed_at timestamptz not null,
  log_seq bigint unique,
  foreign_proof jsonb,
  constraint capsule_seals_mqc_id_check check (mqc_id ~ '^mqc:1:[0-9a-f]{64}$'),
  constraint capsule_seals_origin_check check (origin in ('here', 'import')),
  constraint capsule_seals_log_seq_check check ((origin = 'here') = (log_seq is not null))
);
create index capsule_seals_mqc_id_idx on public.capsule_seals (mqc_id);

create table public.signing_keys (
  key_id text primary key,
  public_key bytea not null,
  kind text not null,
  owner_id uuid,
  name text not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  constraint signing_keys_key_id_check check (key_id = encode(sha256(public_key), 'hex')),
  constraint signing_keys_public_key_check check (octet_length(public_key) = 32),
  constraint signing_keys_kind_check check (kind in ('platform', 'user')),
  constraint signing_keys_owner_id_check check ((kind = 'user') = (owner_id is not null))
);
create index signing_keys_owner_id_idx on public.signing_keys (owner_id);

create table public.capsule_signatures (
  id uuid primary key default gen_random_uuid(),
  capsule_id uuid not null references public.capsules (id) on delete cascade,
  key_id text not null references public.signing_keys (key_id) on delete restrict,
  kind text not null,
  signer_id uuid,
  signer_name text not null,
  meaning text not null,
  signed_at timestamptz not null,
  envelope text not null,
  constraint capsule_signatures_kind_check check (kind in ('platform', 'user')),
  constraint capsule_signatures_meaning_check check (meaning in ('seal', 'author', 'review', 'approval', 'responsibility'))
);
create index capsule_signatures_capsule_id_idx on public.capsule_signatures (capsule_id, signed_at);
create index capsule_signatures_key_id_idx on public.capsule_signatures (key_id);

create table public.capsule_timestamps (
  capsule_id uuid not null references public.capsules (id) on delete cascade,
  authority text not null,
  token bytea not null,
  stamped_at timestamptz not null,
  primary key (capsule_id, authority)
);

create table public.seal_requests (
  id uuid primary key default gen_random_uuid(),
  capsule_id uuid not null references public.capsules (id) on delete cascade,
  kind text not null,
  requested_by uuid,
  requested_name text,
  notes text,
  meaning text,
  requested_at timestamptz not null default clock_timestamp(),
  claimed_by text,
  claimed_at timestamptz,
  attempts integer not null default 0,
  done_at timestamptz,
  problem jsonb,
  constraint seal_requests_kind_check check (kind in ('fill', 'seal', 'sign', 'stamp')),
  constraint seal_requests_meaning_check check (meaning in ('author', 'review', 'approval', 'responsibility'))
);
create index seal_requests_capsule_id_idx on public.seal_requests (capsule_id, requested_at desc);
create index seal_requests_open_idx on public.seal_requests (requested_at) where done_at is null;
-- Asked twice before it was done is asked once.
create unique index seal_requests_one_open_idx on public.seal_requests (capsule_id, kind) where done_at is null and kind <> 'sign';

create table public.capsule_changes (
  id bigint generated always as identity primary key,
  capsule_id uuid not null,
  team_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  actor_id uuid,
  actor_name text not null,
  action text not null,
  before jsonb,
  after jsonb
);
create index capsule_changes_capsule_id_idx on public.capsule_changes (capsule_id, id);
create index capsule_changes_team_id_idx on public.capsule_changes (team_id, id);

create table public.capsule_dois (
  capsule_id uuid primary key references public.capsules (id) on delete cascade,
  doi text not null unique,
  registered_by uuid,
  registered_at timestamptz not null default clock_timestamp(),
  constraint capsule_dois_doi_check check (doi ~ '^10\.[0-9]{4,9}/[^[:space:]]+$')
);

create table private.reauthentications (
  user_id uuid primary key,
  at timestamptz not null default clock_timestamp()
);

create table private.seal_log (
  seq bigint primary key,
  capsule_id uuid not null,
  entry bytea not null,
  leaf bytea not null,
  at timestamptz not null default clock_timestamp(),
  constraint seal_log_leaf_check check (leaf = sha256('\x00'::bytea || entry))
);
create index seal_log_capsule_id_idx on private.seal_log (capsule_id);

create table private.seal_nodes (
  level integer not null,
  index bigint not null,
  hash bytea not null,
  primary key (level, index)
);

create table private.checkpoints (
  tree_size bigint primary key,
  root bytea not null,
  note text not null,
  at timestamptz not null default clock_timestamp()
);

alter table public.capsule_seals enable row level security;
alter table public.capsule_seals force row level security;
alter table public.signing_keys enable row level security;
alter table public.signing_keys force row level security;
alter table public.capsule_signatures enable row level security;
alter table public.capsule_signatures force row level security;
alter table public.capsule_timestamps enable row level security;
alter table public.capsule_timestamps force row level security;
alter table public.seal_requests enable row level security;
alter table public.seal_requests force row level security;
alter table public.capsule_changes enable row level security;
alter table public.capsule_changes force row level security;
alter table public.capsule_dois enable row level security;
alter table public.capsule_dois force row level security;
alter table private.reauthentications enable row level security;
alter table private.reauthentications force row level security;
alter table private.seal_log enable row level security;
alter table private.seal_log force row level security;
alter table private.seal_nodes enable row level security;
alter table private.seal_nodes force row level security;
alter table private.checkpoints enable row level security;
alter table private.checkpoints force row level security;
revoke all on public.capsule_seals, public.signing_keys, public.capsule_signatures, public.capsule_timestamps, public.seal_requests,
  public.capsule_changes, public.capsule_dois, private.reauthentications, private.seal_log, private.seal_nodes, private.checkpoints from public, anon, authenticated;

comment on table public.capsule_seals is 'The bytes of a sealed capsule as they were hashed. Verified and exported as they stand here, never written anew.';
comment on column public.capsule_seals.capsule_id is 'Capsule.';
comment on column public.capsule_seals.mqc_id is 'mqc:1: and the SHA-256, in hex, of the canonical bytes.';
comment on column public.capsule_seals.origin is 'here: sealed by this platform. import: came as a file, sealed elsewhere.';
comment on column public.capsule_seals.manifest is 'capsule.yaml.';
comment on column public.capsule_seals.canonical is 'RFC 8785 form of the manifest.';
comment on column public.capsule_seals.checksums is '.checksums.';
comment on column public.capsule_seals.sealed_at is 'As the manifest says.';
comment on column public.capsule_seals.log_seq is 'Its entry of the seal log; NULL: imported.';
comment on column public.capsule_seals.foreign_proof is 'The proof document that came with an imported capsule.';

comment on table public.signing_keys is 'Ed25519 public keys that capsules are signed with. The private ones are never here.';
comment on column public.signing_keys.key_id is 'SHA-256 of the public key, in hex: the signer''s fingerprint.';
comment on column public.signing_keys.public_key is '32 bytes, as RFC 8032 has them.';
comment on column public.signing_keys.kind is 'platform or user.';
comment on column public.signing_keys.owner_id is 'Person whose key it is. No foreign key: it outlives the account.';
comment on column public.signing_keys.name is 'Name of its holder when it was registered.';
comment on column public.signing_keys.created_at is 'Registered.';
comment on column public.signing_keys.revoked_at is 'Not to be signed with from then on; earlier signatures stand.';

comment on table public.capsule_signatures is 'Who signed a sealed capsule, when, and what the signature means.';
comment on column public.capsule_signatures.id is 'Primary key.';
comment on column public.capsule_signatures.capsule_id is 'Capsule.';
comment on column public.capsule_signatures.key_id is 'Key.';
comment on column public.capsule_signatures.kind is 'platform or user.';
comment on column public.capsule_signatures.signer_id is 'Person; NULL: the platform. No foreign key: it outlives the account.';
comment on column public.capsule_signatures.signer_name is 'Printed name, as it was then.';
comment on column public.capsule_signatures.meaning is 'seal (the platform''s), author, review, approval or responsibility.';
comment on column public.capsule_signatures.signed_at is 'As the signed statement says.';
comment on column public.capsule_signatures.envelope is 'DSSE envelope with the in-toto statement, as it was signed.';

comment on table public.capsule_timestamps is 'RFC 3161 tokens of a capsule''s id.';
comment on column public.capsule_timestamps.capsule_id is 'Capsule.';
comment on column public.capsule_timestamps.authority is 'Address of the authority.';
comment on column public.capsule_timestamps.token is 'TimeStampResp, DER.';
comment on column public.capsule_timestamps.stamped_at is 'As the token says.';

comment on table public.seal_requests is 'What the worker, sole holder of the platform''s key, is to do for a capsule.';
comment on column public.seal_requests.id is 'Primary key.';
comment on column public.seal_requests.capsule_id is 'Capsule.';
comment on column public.seal_requests.kind is 'fill (with what its job left), seal, sign (for a person who gave the password again) or stamp (by a timestamp authority).';
comment on column public.seal_requests.requested_by is 'Person; NULL: the platform, because the job asked for it.';
comment on column public.seal_requests.requested_name is 'Printed name, as it was then.';
comment on column public.seal_requests.notes is 'Words for the manifest.';
comment on column public.seal_requests.meaning is 'What the signature of the person who asked means; that person gave the password again.';
comment on column public.seal_requests.requested_at is 'When.';
comment on column public.seal_requests.claimed_by is 'Worker that is at it.';
comment on column public.seal_requests.claimed_at is 'Since when.';
comment on column public.seal_requests.attempts is 'How often it was tried.';
comment on column public.seal_requests.done_at is 'Done, or given up.';
comment on column public.seal_requests.problem is 'Why it was given up: {code, message, hint, details}.';

comment on table public.capsule_changes is 'Audit trail: who changed what of a capsule, when, with the old and the new value. Only ever added to.';
comment on column public.capsule_changes.id is 'Order.';
comment on column public.capsule_changes.capsule_id is 'Capsule. No foreign key: the trail outlives a deleted draft.';
comment on column public.capsule_changes.team_id is 'Its team.';
comment on column public.capsule_changes.at is 'When, by the database''s clock.';
comment on column public.capsule_changes.actor_id is 'Person; NULL: the platform.';
comment on column public.capsule_changes.actor_name is 'Printed name, as it was then.';
comment on column public.capsule_changes.action is 'noun.verb, such as artifact.added.';
comment on column public.capsule_changes.before is 'What was there, of the columns that changed; content by its digest.';
comment on column public.capsule_changes.after is 'What is there now.';

comment on table public.capsule_dois is 'DOIs of sealed capsules, whose own row cannot change any more.';
comment on column public.capsule_dois.capsule_id is 'Capsule.';
comment on column public.capsule_dois.doi is 'Digital Object Identifier.';
comment on column public.capsule_dois.registered_by is 'Person.';
comment on column public.capsule_dois.registered_at is 'When.';

comment on table private.reauthentications is 'Who gave the password again just now; the signature that follows uses it up.';
comment on column private.reauthentications.user_id is 'Person.';
comment on column private.reauthentications.at is 'When.';

comment on table private.seal_log is 'Append-only log of seals: leaves of an RFC 6962 Merkle tree.';
comment on column private.seal_log.seq is 'Index of the leaf, from 0, without gaps.';
comment on column private.seal_log.capsule_id is 'Capsule. No foreign key: the log outlives it.';
comment on column private.seal_log.entry is 'What was logged: the capsule''s id (mqc:1:…) in UTF-8.';
comment on column private.seal_log.leaf is 'SHA-256 of 0x00 and the entry.';
comment on column private.seal_log.at is 'When.';

comment on table private.seal_nodes is 'Hashes of the tree''s complete subtrees, so that a proof reads few rows.';
comment on column private.seal_nodes.level is 'Height; 0: leaves.';
comment on column private.seal_nodes.index is 'Which of its level, from the left.';
comment on column private.seal_nodes.hash is 'SHA-256 of 0x01, left and right.';

comment on table private.checkpoints is 'Signed heads of the log.';
comment on column private.checkpoints.tree_size is 'Leaves.';
comment on column private.checkpoints.root is 'Root hash.';
comment on column private.checkpoints.note is 'Signed note (C2SP tlog-checkpoint).';
comment on column private.checkpoints.at is 'When.';
