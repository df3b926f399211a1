-- Requests to other authorities and providers, and from them: the same table on both nodes. New tables only; locks nothing.
create sequence request_number;
create table request (
  id uuid primary key,
  number text not null,
  case_id uuid,
  -- The incoming request that this one carries out at home.
  parent_id uuid references request (id),
  -- The preservation that this one follows, on either node.
  follows_id uuid,
  side text not null check (side in ('sender', 'receiver')),
  measure text not null,
  peer text not null,
  data_category text not null,
  urgency text not null,
  state text not null,
  offence text not null,
  facts text not null,
  necessity text not null,
  proportionality text not null,
  custodian text not null,
  data jsonb not null,
  particulars jsonb not null,
  authority jsonb not null,
  drafted_by uuid,
  office uuid,
  authorised_by uuid,
  authorised_until date,
  executed_by uuid,
  refusal_ground text,
  created_at timestamptz not null,
  sent_at timestamptz,
  received_at timestamptz,
  executed_at timestamptz,
  document_digest bytea,
  -- What was done on the sender's node before it was sent, as the sender told it.
  before jsonb not null default '[]',
  -- Items that came with deliveries, in their order.
  items uuid[] not null default '{}'
);
create index request_worklist on request (side, created_at desc, id desc);
create index request_by_state on request (state, created_at desc, id desc);
create index request_by_peer on request (peer, created_at desc, id desc);
create index request_case on request (case_id) where case_id is not null;
create index request_parent on request (parent_id) where parent_id is not null;
create index request_follows on request (follows_id) where follows_id is not null;
create unique index request_number_once on request (peer, side, number);
