-- The journal, what must reach other nodes, what was answered under a key, and the clocks. New tables only; locks nothing.
create table journal (
  id uuid primary key,
  ord bigint generated always as identity,
  at timestamptz not null,
  act text not null,
  subject_kind text not null,
  subject_id uuid not null,
  seq integer not null check (seq >= 1),
  prev bytea check (prev is null or length(prev) = 32),
  record jsonb not null,
  salt bytea not null check (length(salt) = 32),
  digest bytea not null check (length(digest) = 32),
  leaf bigint,
  unique (subject_kind, subject_id, seq)
);
create index journal_unsequenced on journal (ord) where leaf is null;
create unique index journal_leaf on journal (leaf) where leaf is not null;
create index journal_act on journal (act, at);

create table outbox (
  id uuid primary key,
  peer text not null,
  seq bigint not null,
  subject_kind text not null,
  subject_id uuid not null,
  act text not null,
  entry uuid not null references journal (id),
  body jsonb not null,
  files jsonb not null default '[]',
  at timestamptz not null,
  attempts integer not null default 0,
  next_at timestamptz not null,
  problem jsonb,
  delivered_at timestamptz,
  receipt text,
  unique (peer, seq)
);
create index outbox_due on outbox (peer, seq) where delivered_at is null;
create index outbox_subject on outbox (subject_kind, subject_id);

create table outbox_sequence (
  peer text primary key,
  last bigint not null default 0
);

create table answered (
  key bytea primary key check (length(key) = 32),
  question bytea not null check (length(question) = 32),
  status integer not null default 0,
  answer bytea,
  at timestamptz not null
);
create index answered_at on answered (at);

create table deadline (
  id uuid primary key,
  subject_kind text not null,
  subject_id uuid not null,
  rule text not null,
  starts_at timestamptz not null,
  due_at timestamptz not null,
  suspended_at timestamptz,
  fired_at timestamptz,
  ended_at timestamptz,
  detail jsonb not null default '{}'
);
create unique index deadline_one on deadline (subject_kind, subject_id, rule) where ended_at is null;
create index deadline_due on deadline (due_at) where fired_at is null and ended_at is null and suspended_at is null;

create table node_state (
  key text primary key,
  value jsonb not null
);
