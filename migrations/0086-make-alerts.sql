-- Warnings to the public, who wants them by e-mail, and what goes out by e-mail. New tables only; locks nothing.
create sequence alert_number;
create table alert (
  id uuid primary key,
  number text not null unique,
  state text not null,
  -- Of what is published; 0 before.
  version int not null default 0,
  office uuid not null,
  office_name text not null,
  -- Who wrote last, and everybody who wrote since it was last published: none of them publishes it.
  drafted_by uuid not null,
  drafted_by_name text not null,
  written_by text[] not null,
  published_by uuid,
  published_by_name text,
  campaign_id uuid,
  category text not null,
  -- Codes of the pack; empty is the whole country.
  districts text[] not null default '{}',
  -- Languages that it is written in.
  languages text[] not null,
  -- What it says, as alert.ts has it.
  content jsonb not null,
  -- A change of what is published, while it waits for the second person.
  pending jsonb,
  changed_reason text,
  expires_at timestamptz not null,
  drafted_at timestamptz not null,
  proposed_at timestamptz,
  published_at timestamptz,
  -- When what the public sees last changed.
  changed_at timestamptz not null,
  ended_at timestamptz
);
create index alert_public on alert (changed_at desc, id desc) where state in ('published', 'updated', 'cancelled', 'expired');
create index alert_live on alert (changed_at desc, id desc) where state in ('published', 'updated');
create index alert_desk on alert (changed_at desc, id desc);
create index alert_campaign on alert (campaign_id) where campaign_id is not null;

-- What was said to the public, each time; never changed.
create table alert_version (
  alert_id uuid not null references alert (id),
  version int not null check (version > 0),
  kind text not null check (kind in ('alert', 'update', 'cancel')),
  content jsonb not null,
  reason text,
  -- Under which name it went out (CAP).
  identifier text not null unique,
  sender text not null,
  sent_at timestamptz not null,
  by_name text not null,
  -- When everybody who wanted it by e-mail had been written to.
  mailed_at timestamptz,
  primary key (alert_id, version)
);
create index alert_version_unmailed on alert_version (sent_at) where mailed_at is null;

create table subscription (
  id uuid primary key,
  state text not null check (state in ('asked', 'confirmed')),
  -- HMAC of the address under a key outside of the database.
  lookup bytea not null check (length(lookup) = 32),
  -- The address, sealed to this row.
  address bytea not null,
  language text not null,
  -- Groups of categories, and codes of districts; empty is all of them.
  categories text[] not null default '{}',
  districts text[] not null default '{}',
  asked_at timestamptz not null,
  confirmed_at timestamptz
);
create index subscription_lookup on subscription (lookup, asked_at);
create unique index subscription_once on subscription (lookup) where state = 'confirmed';
create index subscription_confirmed on subscription (id) where state = 'confirmed';
create index subscription_left on subscription (asked_at) where state = 'asked';

-- What goes out by e-mail: written in the transaction of the act, sent by a job, at least once.
create table mail (
  id uuid primary key,
  -- What kind of message it is, alert.published; for figures.
  kind text not null,
  -- What it is about, where it may be said.
  subject_kind text,
  subject_id uuid,
  -- One message for one key, however often it is queued.
  once text unique,
  -- Recipient, subject, text and headers, sealed to this row; emptied when it has been sent or given up.
  sealed bytea,
  at timestamptz not null,
  next_at timestamptz not null,
  tries int not null default 0,
  sent_at timestamptz,
  failed_at timestamptz,
  -- What the mail server said last.
  reason text
);
create index mail_due on mail (next_at) where sent_at is null and failed_at is null;
create index mail_about on mail (subject_id, kind) where subject_id is not null;
