-- Machines that report (banks, telecoms, platforms): who they are, their keys, what they used, where they are told. One index on report besides, built while nothing is written.
create table client (
  id uuid primary key,
  state text not null,
  name text not null unique,
  organisation text not null,
  contact_name text not null,
  contact_email text not null,
  contact_voice text,
  scopes text[] not null,
  -- Codes of the classification that it may send; none for all.
  categories text[] not null default '{}',
  day_quota integer not null check (day_quota >= 1),
  minute_quota integer not null check (minute_quota >= 1),
  created_at timestamptz not null,
  used_at timestamptz
);

create table client_key (
  id uuid primary key,
  client_id uuid not null references client (id),
  name text not null,
  -- HMAC of the key under a key outside of the database.
  digest bytea not null unique check (length(digest) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  used_at timestamptz,
  -- The key that took its place.
  successor uuid references client_key (id)
);
create index client_key_client on client_key (client_id);

-- What counts against the quotas now. Its row is locked by whoever writes reports of the client, so that two cannot both take the last one.
create table client_meter (
  client_id uuid primary key references client (id),
  day date not null,
  day_taken integer not null default 0,
  minute timestamptz not null,
  minute_taken integer not null default 0
);

create table client_use (
  client_id uuid not null references client (id),
  day date not null,
  channel text not null,
  taken integer not null default 0,
  refused integer not null default 0,
  primary key (client_id, day, channel)
);

create index report_client on report (client_id, id desc) where client_id is not null;

-- How far a batch under a client's own key has been answered, so that a broken connection can go on where it was.
create table client_batch (
  client_id uuid not null references client (id),
  -- HMAC of the Idempotency-Key.
  key bytea not null check (length(key) = 32),
  begun_at timestamptz not null,
  answered_at timestamptz not null,
  -- Every line up to this one has been answered, and what the answer says is durable.
  answered integer not null default 0,
  primary key (client_id, key)
);
-- Answers that no report stands for: lines that were refused.
create table client_batch_refusal (
  client_id uuid not null,
  key bytea not null,
  line integer not null,
  answer jsonb not null,
  primary key (client_id, key, line),
  foreign key (client_id, key) references client_batch (client_id, key) on delete cascade
);

create table endpoint (
  id uuid primary key,
  client_id uuid not null references client (id),
  state text not null,
  url text not null,
  events text[] not null,
  -- The secret follows from the node's key, the endpoint and this number, so it stands nowhere.
  secret_number integer not null default 1,
  secret_at timestamptz not null,
  -- Until then deliveries bear the signature of the secret before as well.
  former_until timestamptz,
  created_at timestamptz not null,
  failures integer not null default 0,
  failing_since timestamptz,
  next_at timestamptz not null
);
create index endpoint_client on endpoint (client_id);

-- How far the journal has been read for deliveries, in leaves of the ledger.
create table webhook_cursor (
  id smallint primary key default 1 check (id = 1),
  leaf bigint not null
);

create table delivery (
  id uuid primary key,
  endpoint_id uuid not null references endpoint (id),
  -- The journal entry that it tells of; the same event is the same delivery, however often it is sent.
  entry uuid not null,
  leaf bigint not null,
  event text not null,
  subject_id uuid not null,
  reference text not null,
  at timestamptz not null,
  state text not null check (state in ('waiting', 'delivered', 'given-up')),
  attempts integer not null default 0,
  -- Since when it waits; anew at each replay.
  queued_at timestamptz not null,
  next_at timestamptz not null,
  -- What the receiver answered last, and how long that took; null where nobody answered.
  status smallint,
  took_ms integer,
  problem text,
  tried_at timestamptz,
  delivered_at timestamptz,
  unique (endpoint_id, entry)
);
create index delivery_waiting on delivery (endpoint_id, leaf) where state = 'waiting';
create index delivery_log on delivery (endpoint_id, leaf desc);
