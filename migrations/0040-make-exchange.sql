-- Peers, what they sent, and what is amiss between us. New tables only; locks nothing.
create table peer (
  id uuid primary key,
  code text not null,
  name text not null,
  kind text not null check (kind in ('state', 'provider')),
  state text not null check (state in ('proposed', 'trusted', 'revoked')),
  -- The directory entry with its signatures, as the peer gave it.
  entry jsonb not null,
  -- Signing keys that count: those of the entry, and older ones until their own end.
  keys jsonb not null,
  -- What two people compare by telephone.
  digits text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  confirmed_by text,
  confirmed_at timestamptz,
  renewed_at timestamptz,
  revoked_at timestamptz,
  revoked_because text
);
create unique index peer_in_force on peer (code) where state <> 'revoked';

create table inbox_sequence (
  peer text primary key,
  last bigint not null default 0
);

create table inbox (
  -- The envelope's own id: the sender's outbox row has the same.
  id uuid primary key,
  peer text not null,
  seq bigint not null,
  digest bytea not null check (length(digest) = 32),
  subject_kind text not null,
  subject_id uuid not null,
  act text not null,
  -- The payload with its signatures, as it came.
  envelope jsonb not null,
  receipt text not null,
  acted_at timestamptz not null,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  -- Files pulled so far: [{digest, blob}].
  files jsonb not null default '[]',
  -- When it was applied or refused; null while its files are being pulled or another is before it.
  settled_at timestamptz,
  -- Why it was refused: {code, key, values}; null where it was applied.
  problem jsonb,
  attempts integer not null default 0,
  next_at timestamptz not null,
  unique (peer, seq)
);
create index inbox_waiting on inbox (peer, seq) where settled_at is null;
create index inbox_subject on inbox (subject_kind, subject_id);

create table exchange_alarm (
  id uuid primary key,
  peer text not null,
  kind text not null,
  detail jsonb not null,
  raised_at timestamptz not null,
  ended_at timestamptz
);
create unique index exchange_alarm_one on exchange_alarm (peer, kind) where ended_at is null;
