-- What the vault's objects mean: blobs, the wrapped keys by which each holder reads them, uploads under way. New tables only; locks nothing.
create table blob (
  id uuid primary key,
  -- HMAC of the SHA-256 under the node's key: equal contents are found, nothing is told.
  address bytea not null unique,
  bytes bigint not null,
  -- [{object, bytes, whole}], in order.
  parts jsonb not null,
  at timestamptz not null
);

-- Destroying a holder's wrap is how a holder's bytes are destroyed.
create table blob_wrap (
  holder text primary key,
  blob uuid not null references blob (id),
  wrapped bytea not null
);
create index blob_wrap_blob on blob_wrap (blob);

create table upload (
  id uuid primary key,
  owner uuid not null,
  -- Idempotency key of the creating call.
  key text,
  bytes bigint not null,
  name text not null,
  media text not null,
  wrapped bytea not null,
  -- The call that writes now; an earlier one that still runs finds another here and keeps nothing.
  writer uuid,
  -- SHA-256, hex, once all bytes are there.
  digest text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  unique (owner, key)
);
create index upload_expiry on upload (expires_at);

create table upload_part (
  upload uuid not null references upload (id) on delete cascade,
  ordinal int not null,
  object uuid not null,
  bytes bigint not null,
  whole boolean not null,
  primary key (upload, ordinal)
);

-- Objects that nothing refers to any more; a job removes them after the transaction that said so.
create table vault_garbage (
  object uuid primary key,
  at timestamptz not null
);
