-- Evidence: the item, who has it, and openings under way. New tables only; locks nothing.
create table item (
  id uuid primary key,
  -- Exhibit number: C-2026-000017/E3, or E-2026-000004 for an item of no case.
  number text not null unique,
  state text not null,
  case_id uuid references case_file (id),
  -- The request that it was made for, or arrived with.
  request_id uuid,
  office uuid not null,
  office_name text not null,
  custodian uuid,
  custodian_name text,
  -- While handed over: to whom. `before` is the state that it goes back to.
  to_office uuid,
  to_account uuid,
  before text,
  description text not null,
  name text not null,
  media text not null,
  bytes bigint not null,
  -- SHA-256 of the bytes as acquired, hex.
  digest text not null,
  derived boolean not null default false,
  parent uuid references item (id),
  root uuid references item (id),
  acquired_at timestamptz not null,
  acquired_by uuid,
  acquisition jsonb not null default '{}',
  -- A hold forbids disposal, whoever asks.
  held boolean not null default false,
  held_reason text,
  seal_number text,
  retain_until date,
  -- Who proposed its disposal; another must carry it out.
  proposed_by uuid,
  disposed_at timestamptz,
  -- The node that it came from, and its id there.
  peer text,
  peer_item uuid,
  created_at timestamptz not null
);
create index item_case on item (case_id, id);
create index item_office on item (office, id desc);
create index item_request on item (request_id, id);
create index item_arrival on item (peer, peer_item);

create table exhibit_number (
  series text primary key,
  last int not null
);

-- An allowed opening: the bytes may be read by that officer until it ends.
create table item_opening (
  id uuid primary key,
  item uuid not null references item (id),
  account uuid not null,
  expires_at timestamptz not null
);
create index item_opening_expiry on item_opening (expires_at);
