-- Reports handed over to another country's node as spontaneous information, and those handed over to this one. New table only; locks nothing.
create table handover (
  id uuid primary key,
  side text not null check (side in ('sender', 'receiver')),
  peer text not null,
  state text not null,
  -- The report that it is about; at the receiver's, once its content has come.
  report_id uuid,
  -- At the sender's, the office that offers; at the receiver's, the one that is competent, null: any police office.
  office uuid,
  category text not null,
  -- Conditions on the use of what is handed over, accepted before it is.
  conditions text not null,
  offered_by text not null,
  offered_at timestamptz not null,
  answered_by text,
  answered_at timestamptz,
  -- Why it was not accepted.
  reason text,
  handed_at timestamptz
);
create index handover_report on handover (report_id) where report_id is not null;
create index handover_open on handover (offered_at) where state in ('offered', 'accepted');
