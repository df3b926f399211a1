-- Those who run no node: reached by e-mail with a signed document. New tables only; locks nothing.
create table correspondent (
  id uuid primary key,
  code text not null unique,
  name text not null,
  kind text not null check (kind in ('state', 'provider')),
  state text not null check (state in ('proposed', 'trusted', 'revoked')),
  -- The mailbox of the authority, as two people compared it.
  address text not null,
  languages text[] not null,
  hours text,
  voice text,
  escalation text,
  proposed_by uuid not null,
  confirmed_by uuid,
  proposed_at timestamptz not null,
  confirmed_at timestamptz,
  revoked_at timestamptz
);
-- One row for each message of the outbox that goes by e-mail; its id is that of the message.
create table letter (
  id uuid primary key,
  request_id uuid not null,
  peer text not null,
  act text not null,
  state text not null check (state in ('queued', 'handed', 'delayed', 'delivered', 'read', 'bounced')),
  at timestamptz not null,
  changed_at timestamptz not null,
  -- What a mail server said last.
  detail text,
  -- The signed document as it went, sealed to this row.
  document bytea not null,
  digest bytea not null
);
create index letter_request on letter (request_id, at);
create index letter_open on letter (state) where state in ('queued');
