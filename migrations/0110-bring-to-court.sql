-- Exhibits as a court numbers them, and what the defence was given of a case. New tables only; locks nothing.
create table exhibit (
  id uuid primary key,
  case_id uuid not null references case_file (id),
  item_id uuid not null references item (id),
  mark text not null,
  party text not null check (party in ('prosecution', 'defence', 'court')),
  place int not null check (place > 0),
  state text not null,
  office uuid not null,
  words bytea not null,
  listed_by uuid,
  listed_by_name text,
  listed_at timestamptz not null,
  tendered_by uuid,
  tendered_at timestamptz,
  decided_by uuid,
  decided_by_name text,
  decided_at timestamptz,
  unique (case_id, mark),
  unique (case_id, item_id)
);
create index exhibit_item on exhibit (item_id);
create index exhibit_state on exhibit (state, id);

create table exhibit_place (
  case_id uuid not null references case_file (id),
  party text not null,
  last int not null,
  primary key (case_id, party)
);

create table disclosure (
  id uuid primary key,
  number text not null unique,
  case_id uuid not null references case_file (id),
  state text not null,
  office uuid not null,
  words bytea not null,
  prepared_by uuid,
  prepared_by_name text,
  prepared_at timestamptz not null,
  approved_by uuid,
  approved_by_name text,
  approved_at timestamptz,
  served_at timestamptz,
  code bytea unique,
  code_number int not null default 0,
  code_at timestamptz,
  open_until timestamptz,
  received_at timestamptz
);
create index disclosure_case on disclosure (case_id, id);

create table disclosure_item (
  disclosure uuid not null references disclosure (id),
  item uuid not null references item (id),
  fate text not null check (fate in ('given', 'inspect', 'withheld')),
  ground text,
  reason bytea,
  decided_by uuid,
  decided_at timestamptz not null,
  primary key (disclosure, item),
  check ((fate = 'withheld') = (ground is not null))
);
create index disclosure_item_item on disclosure_item (item);
