-- A draft is found again by its code, which becomes the report's; what the reporter agrees to; withdrawal. Locks report and report_draft for a moment.
alter table report_draft
  -- HMAC of the code; null until the second page was answered.
  add column code bytea unique check (length(code) = 32),
  -- The writer's part of the key, sealed under a key that only the code gives.
  add column wrapped bytea;

alter table report
  -- What the reporter agrees to. No, unless they said yes.
  add column consent_contact boolean not null default false,
  -- What was told may go to the banks concerned.
  add column consent_share boolean not null default false,
  -- The report may be handed over to another country.
  add column consent_handover boolean not null default false,
  -- When the reporter withdrew it.
  add column withdrawn_at timestamptz;
