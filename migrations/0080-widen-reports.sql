-- What a reporter told is sealed; where, who and how much are columns of their own, for routing and figures. Locks report and report_message for a moment.
alter table report
  -- {description, facts} as JSON, sealed to the report. Rows written before are sealed by a job of the worker, which then empties the old columns.
  add column told bytea,
  alter column description drop not null,
  alter column facts drop not null,
  alter column facts drop default,
  -- Code of the district, as the pack names it; null where nobody said.
  add column district text,
  add column age_band text,
  -- Whom it happened to, seen from the reporter.
  add column for_whom text,
  -- What left in all, in minor units of one currency; null where nothing did or it is no money of a state.
  add column loss_minor bigint check (loss_minor >= 0),
  add column loss_currency text check (loss_currency ~ '^[A-Z]{3}$'),
  -- When money last left.
  add column transfer_at timestamptz,
  -- The campaign that it was joined with.
  add column campaign_id uuid,
  -- Shown inside of its campaign only: one of many alike, with nothing urgent of its own.
  add column folded boolean not null default false,
  -- Why it waits outside of the worklist for a person; null for the others.
  add column quarantine text,
  -- When an officer first opened its page.
  add column opened_at timestamptz,
  -- The machine that sent it.
  add column client_id uuid,
  -- When its words were erased.
  add column erased_at timestamptz;
create index report_unsealed on report (id) where description is not null;

alter table report_message
  add column sealed bytea,
  alter column body drop not null;
create index report_message_unsealed on report_message (id) where body is not null;

-- A short name by which a pack's routes call an office.
alter table office add column code text unique check (code ~ '^[a-z][a-z0-9-]{0,39}$');
