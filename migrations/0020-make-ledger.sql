-- The transparency log over the journal: its tiles, the entries as published, and every checkpoint signed. New tables only; locks nothing.

-- A tile is kept once, as wide as it has grown: what it was for a smaller tree is its beginning.
create table ledger_tile (
  -- 0: hashes of leaves; each level above hashes full tiles of the level below; -1: bundles of entries.
  level smallint not null check (level between -1 and 63),
  idx bigint not null check (idx >= 0),
  width smallint not null check (width between 1 and 256),
  bytes bytea not null,
  primary key (level, idx)
);

create table ledger_checkpoint (
  size bigint primary key check (size >= 0),
  root bytea not null check (length(root) = 32),
  -- The signed note as it is served.
  note text not null,
  at timestamptz not null
);
