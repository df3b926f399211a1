-- Notices by which a bank is asked to hold a transfer, and which reports have been looked at for it. New tables; one index on report; a trigger that keeps a notice with its report's office. Locks report for a moment.
create sequence hold_number;
create table hold (
  id uuid primary key,
  number text not null unique,
  state text not null,
  report_id uuid not null references report (id),
  -- Place of the transfer in the report, from 0; null for a notice drafted by hand.
  transfer smallint check (transfer >= 0),
  -- Code of the institution, as the pack names it; null until an officer has chosen.
  institution text,
  -- The office that has the report.
  office uuid,
  -- What is to be held, in minor units; null for all that came by this transfer.
  amount_minor bigint check (amount_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- {to, through, reference, at}, sealed to the notice.
  details bytea,
  -- The measure, as the pack had it when the notice was drafted.
  provision text not null,
  hours integer not null check (hours > 0),
  needs_approval boolean not null,
  drafted_at timestamptz not null,
  drafted_by uuid,
  approved_by uuid,
  approved_at timestamptz,
  sent_by uuid,
  sent_by_name text,
  sent_at timestamptz,
  sent_via text check (sent_via in ('mail', 'hand')),
  language text,
  -- The signed letter as it went, sealed, and its SHA-256.
  notice bytea,
  notice_digest bytea check (length(notice_digest) = 32),
  -- Until when the institution holds.
  held_until timestamptz,
  warned_at timestamptz,
  answered_at timestamptz,
  held_minor bigint check (held_minor >= 0),
  returned_minor bigint check (returned_minor >= 0),
  -- {reference, note} of the institution, sealed.
  answer bytea
);
-- One notice for each transfer of a report and institution.
create unique index hold_one on hold (report_id, transfer, coalesce(institution, '')) where transfer is not null and state <> 'withdrawn';
create index hold_report on hold (report_id);
create index hold_worklist on hold (state, id desc) include (office);

create table hold_seen (
  report_id uuid primary key references report (id)
);
create index report_transfer on report (transfer_at) where transfer_at is not null;

create function hold_follows_report() returns trigger language plpgsql as $$
begin
  update hold set office = new.office where report_id = new.id;
  return null;
end $$;
create trigger hold_follows_report after update of office on report
  for each row when (old.office is distinct from new.office) execute function hold_follows_report();
