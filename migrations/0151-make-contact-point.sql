-- The 24/7 contact point: who is on duty, hand-overs, and drills. New tables only; locks nothing.
create table shift (
  id uuid primary key,
  office uuid not null references office (id),
  account uuid not null references account (id),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  state text not null check (state in ('planned', 'on-duty', 'handed-over', 'signed', 'cancelled')),
  planned_by uuid not null,
  begun_at timestamptz,
  -- The note of the hand-over and the numbers of what was open, sealed to this row.
  words bytea,
  -- Whom it is handed to.
  next_account uuid,
  handed_at timestamptz,
  signed_at timestamptz,
  signed_by uuid,
  check (starts_at < ends_at)
);
create index shift_office on shift (office, starts_at);
create table drill (
  id uuid primary key,
  number text not null,
  side text not null check (side in ('sender', 'receiver')),
  peer text not null,
  state text not null check (state in ('sent', 'answered', 'missed')),
  text text not null,
  office uuid,
  started_by uuid,
  sent_at timestamptz not null,
  due_at timestamptz not null,
  -- When the other node had it, and when its answer was known here.
  received_at timestamptz,
  answered_at timestamptz,
  answered_by text
);
create index drill_year on drill (sent_at desc, id desc);
create sequence drill_number;
