-- Narrowing, changes after sending, bundles, annexes, translations, offices that carry out, reminders. Adds columns with constant defaults; locks two tables for a moment.
alter table request
  -- What was asked before the decision struck some of it out; null where nothing was. Never leaves this node.
  add column asked jsonb,
  -- A change of a sent request that waits for its own decision, or was denied one. Never leaves this node.
  add column amendment jsonb,
  add column amended_by uuid,
  add column amended_category text,
  -- One draft sent to many: all requests of it bear the same mark.
  add column bundle uuid,
  -- Items that go with it, in their order.
  add column annexes uuid[] not null default '{}',
  -- Translations ordered and received, in their order; this node's own.
  add column translations jsonb not null default '[]',
  -- The office here that carries out what came from abroad.
  add column assigned_office uuid,
  add column assigned_name text;
create index request_bundle on request (bundle) where bundle is not null;
create index request_assigned on request (assigned_office, created_at desc) where assigned_office is not null;
-- Views are kept of several lists.
alter table saved_view add column list text not null default 'reports';
