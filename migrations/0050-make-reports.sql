-- What the public sends: the report, its sealed contact, what was found in it, links, messages and files. New tables only; locks nothing.
create table report (
  id uuid primary key,
  reference text not null unique,
  state text not null,
  category text not null,
  offences text[] not null default '{}',
  priority smallint not null check (priority between 0 and 4),
  reasons text[] not null,
  channel text not null,
  language text not null,
  description text not null,
  facts jsonb not null default '{}',
  anonymous boolean not null,
  received_at timestamptz not null,
  respond_by timestamptz,
  -- Its turn in the worklist: when the first answer is owed, or, where none is, thirty days on.
  turn_at timestamptz not null,
  responded_at timestamptz,
  office uuid,
  assignee uuid,
  assignee_name text,
  case_id uuid,
  closed_reason text,
  -- HMAC of the code under a key outside of the database.
  code bytea not null unique check (length(code) = 32),
  -- HMAC of the sender's own key, and digest of what was sent under it: a repeated call finds its first.
  sent_key bytea unique check (length(sent_key) = 32),
  sent_digest bytea check (length(sent_digest) = 32)
);
-- The worklist in its own order, and by its filters; closed reports are left out, so that it stays as small as the work.
create index report_worklist on report (priority, turn_at, id) include (office) where state <> 'closed';
create index report_by_state on report (state, priority, turn_at, id) include (office) where state <> 'closed';
create index report_by_assignee on report (assignee, priority, turn_at, id) where state <> 'closed' and assignee is not null;
create index report_by_category on report (category, priority, turn_at, id) where state <> 'closed';
create index report_closed on report (id) where state = 'closed';
create index report_case on report (case_id) where case_id is not null;
-- Reports come in the order of time, so that blocks of it suffice and an insert costs nothing.
create index report_received on report using brin (received_at);

create table report_contact (
  -- Written in the transaction of its report only, by one statement each: a foreign key would check again what can't be otherwise.
  report_id uuid primary key,
  sealed bytea not null
);

create table report_observable (
  -- As for the contact.
  report_id uuid not null,
  type text not null,
  value text not null,
  key text not null,
  strong boolean not null,
  primary key (report_id, key)
);
create index report_observable_key on report_observable (key, report_id) where strong;
create index report_observable_any on report_observable (key) where not strong;

create table report_link (
  report_id uuid not null references report (id),
  other_id uuid not null references report (id),
  -- 'same' or 'different': an officer's word, which goes before what is shared.
  verdict text not null,
  reason text not null,
  at timestamptz not null,
  primary key (report_id, other_id)
);

create table report_message (
  id uuid primary key,
  report_id uuid not null references report (id),
  at timestamptz not null,
  author text not null check (author in ('office', 'reporter')),
  body text not null
);
create index report_message_report on report_message (report_id, id);

create table report_file (
  id uuid primary key,
  report_id uuid not null references report (id),
  at timestamptz not null,
  name text not null,
  media text not null,
  size bigint not null,
  digest bytea not null check (length(digest) = 32),
  blob text not null
);
create index report_file_report on report_file (report_id, id);

-- A report that is being written: sealed under a key that only its writer's browser holds.
create table report_draft (
  key bytea primary key check (length(key) = 32),
  sealed bytea not null,
  at timestamptz not null
);
create index report_draft_at on report_draft (at);
