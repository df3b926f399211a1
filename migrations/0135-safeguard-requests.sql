-- What the law wants said, decided and watched beside the request itself: safeguards, orders before authorisation, notification, halts. Locks request and
-- item for a moment.
alter table request
  -- What the draft says: offence of the law, privilege, person who filters, answers.
  add column safeguards jsonb not null default '{"answers":{}}',
  -- The same as submitted, with the questions, the offence and the version of the law; travels with the request.
  add column tests jsonb,
  add column penalty_years integer,
  add column offence_code text,
  add column privilege text,
  add column filter_person text,
  add column answered text[] not null default '{}',
  add column period_days integer,
  add column intrusive boolean not null default false,
  add column ordered_by uuid,
  add column ordered_at timestamptz,
  add column validation text check (validation in ('due', 'confirmed', 'refused', 'lapsed')),
  add column validated_by uuid,
  add column validated_at timestamptz,
  add column notification text check (notification in ('due', 'delayed', 'told')),
  add column notified_at timestamptz,
  -- Codes of the nodes whose oversight has halted it.
  add column halts text[] not null default '{}';
create index request_overseen on request (created_at desc, id desc)
  where intrusive or urgency = 'emergency' or validation is not null or notification is not null or halts <> '{}';

-- Why nobody opens an item until a court has decided: 'unvalidated', or 'halted'.
alter table item add column barred text check (barred in ('unvalidated', 'halted'));

-- The oversight body is an office of its own kind.
alter table office drop constraint office_kind_check;
alter table office add constraint office_kind_check check (kind in ('police', 'prosecution', 'court', 'central-authority', 'contact-point', 'provider',
  'data-protection', 'oversight', 'training', 'statistics', 'administration'));
