-- Which key signed what came, what courier took along, and keys of the node itself as they are rolled over. Locks inbox and outbox for a moment.
alter table inbox
  -- Fingerprint of the key that signed this copy, hex; null for what came before it was kept.
  add column kid text,
  -- Who brought it, where no line did.
  add column courier text;

alter table outbox
  -- When a courier was last given it, and who that is.
  add column courier_at timestamptz,
  add column courier text;

create table exchange_key (
  id uuid primary key,
  kind text not null check (kind in ('signing', 'encryption')),
  state text not null check (state in ('present', 'former', 'ended')),
  fingerprint text not null unique,
  made_at timestamptz not null,
  former_at timestamptz,
  ended_at timestamptz
);
create unique index exchange_key_present on exchange_key (kind) where state = 'present';
create unique index exchange_key_former on exchange_key (kind) where state = 'former';
