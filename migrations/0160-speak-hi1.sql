-- Providers that speak ETSI TS 103 120: their endpoints, the messages, the objects that they are about. New tables only; locks nothing.
create table hi1_endpoint (
  id uuid primary key,
  peer text not null,
  correspondent_id uuid not null references correspondent (id),
  state text not null check (state in ('proposed', 'trusted', 'revoked')),
  url text not null,
  -- How it is named in messages.
  country text not null,
  identifier text not null,
  -- Public key by which it signs, PEM; and its SHA-256, hex.
  public_key text not null,
  fingerprint text not null,
  proposed_by uuid not null,
  confirmed_by uuid,
  proposed_at timestamptz not null,
  confirmed_at timestamptz,
  revoked_at timestamptz,
  -- Who spoke in its name and was not believed.
  doubted_at timestamptz,
  doubted integer not null default 0
);
create unique index hi1_endpoint_trusted on hi1_endpoint (peer) where state = 'trusted';
create unique index hi1_endpoint_named on hi1_endpoint (country, identifier) where state = 'trusted';
create index hi1_endpoint_of on hi1_endpoint (correspondent_id);

create table hi1_message (
  -- Of a message that an act queued, the outbox's own.
  id uuid primary key,
  peer text not null,
  direction text not null check (direction in ('in', 'out')),
  state text not null check (state in ('applied', 'refused', 'waiting', 'taken', 'letter')),
  transaction uuid not null,
  request_id uuid,
  actions text[] not null,
  -- SHA-256 of the text as it came or went; null for what went as a letter.
  digest bytea check (length(digest) = 32),
  -- Text and answer, sealed to this row.
  words bytea,
  answer bytea,
  at timestamptz not null,
  settled_at timestamptz,
  attempts integer not null default 0,
  next_at timestamptz not null,
  problem jsonb,
  unique (peer, direction, transaction)
);
create index hi1_message_waiting on hi1_message (peer, at) where state = 'waiting';
create index hi1_message_request on hi1_message (request_id, at);
create index hi1_message_peer on hi1_message (peer, at desc);

-- Objects of a provider's by their own identifiers: what came once does nothing a second time.
create table hi1_object (
  peer text not null,
  id uuid not null,
  request_id uuid not null,
  -- Highest generation that was seen; null where none was said.
  generation bigint,
  -- Of a delivery: which it is a part of, its place in that, whether the last, and the digest of what it says.
  delivery uuid,
  sequence integer,
  last boolean,
  digest bytea,
  at timestamptz not null,
  primary key (peer, id)
);
create index hi1_object_request on hi1_object (request_id);
