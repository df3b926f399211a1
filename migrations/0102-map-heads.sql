-- The map from each item to its last event, kept so that a change costs its own path and not all items. New tables only; locks nothing.

-- Where an item's leaf lies: the SHA-256 of its name, and the first sixteen bits of that. Its last event is read from the journal.
create table head_item (
  subject_id uuid primary key,
  key bytea not null check (length(key) = 32),
  bucket integer not null check (bucket between 0 and 65535)
);
create index head_item_bucket on head_item (bucket, key);

-- The upper sixteen levels: 256 hashes of buckets to a tile; -1 holds the 256 roots of those. A version stands as of so many entries.
create table head_tile (
  idx smallint not null check (idx between -1 and 255),
  entries bigint not null,
  bytes bytea not null check (length(bytes) = 8192),
  primary key (idx, entries)
);

-- Every root that was logged lately. `scanned`: entries that have been looked through since, without an event of any item.
create table head_map (
  entries bigint primary key,
  root bytea not null check (length(root) = 32),
  items bigint not null,
  scanned bigint not null,
  at timestamptz not null
);
