-- What an office investigates: the case, the people in it, its notes. New tables only; locks nothing.
create sequence case_number;
create table case_file (
  id uuid primary key,
  number text not null unique,
  title text not null,
  state text not null,
  office uuid not null,
  office_name text not null,
  lead uuid,
  lead_name text,
  priority smallint not null default 3,
  offences text[] not null default '{}',
  opened_at timestamptz not null,
  referred_at timestamptz,
  charged_at timestamptz,
  adjudicated_at timestamptz,
  closed_at timestamptz,
  outcome text
);
create index case_worklist on case_file (office, opened_at desc, id desc);
create index case_by_state on case_file (state, opened_at desc, id desc);
create index case_by_opening on case_file (opened_at desc, id desc);

create table case_person (
  id uuid primary key,
  case_id uuid not null references case_file (id),
  role text not null,
  name text not null,
  note text,
  at timestamptz not null
);
create index case_person_case on case_person (case_id, id);

create table case_note (
  id uuid primary key,
  case_id uuid not null references case_file (id),
  at timestamptz not null,
  author text not null,
  body text not null
);
create index case_note_case on case_note (case_id, id);
