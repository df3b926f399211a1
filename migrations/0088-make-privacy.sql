-- How long what a reporter told is kept, requests about it, and entries of the journal whose words were erased. A column with a constant default on journal and new tables; locks journal for a moment.
alter table journal
  -- What the entry said was lawfully erased: the record keeps who, what and when, the salt is overwritten, and the digest stays, as the ledger holds it.
  add column erased boolean not null default false;
create index journal_erased on journal (id) where erased;

-- The clock of one closed report. Holds no words of anybody.
create table retention (
  -- The report's own id.
  id uuid primary key references report (id),
  reference text not null,
  category text not null,
  -- running, suspended, kept, ended, erased.
  state text not null,
  office uuid,
  -- Days after closing, and the provision that says so.
  days integer not null check (days > 0),
  source text not null,
  closed_at timestamptz not null,
  due_at timestamptz not null,
  -- Since when, and by whose word, it is kept longer.
  kept_by text,
  kept_reason text,
  -- Since when it stands still.
  suspended_at timestamptz,
  erased_at timestamptz,
  -- clock or request.
  erased_by text
);
create index retention_due on retention (due_at) where state in ('running', 'kept');
create index retention_erased on retention (erased_at desc) where state = 'erased';

create sequence data_request_number;
create table data_request (
  id uuid primary key,
  -- D-2026-000001.
  number text not null unique,
  state text not null,
  kind text not null check (kind in ('access', 'rectification', 'erasure')),
  report_id uuid not null references report (id),
  reference text not null,
  -- What was asked, in the reporter's words, sealed to the row; emptied with the report.
  words bytea,
  asked_at timestamptz not null,
  -- One month from asking.
  due_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  ground text,
  -- What the reporter is told, sealed to the row.
  answer bytea
);
create index data_request_open on data_request (due_at) where state = 'lodged';
create index data_request_report on data_request (report_id);
create unique index data_request_once on data_request (report_id, kind) where state = 'lodged';
