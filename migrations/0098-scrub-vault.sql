-- Rounds in which everything in the vault is read again, how far a long reading is, and what was found. New tables; three columns and two indexes on blob. Locks blob for a moment.
alter table blob
  -- When all of it was last read and was right.
  add column verified_at timestamptz,
  -- When it was last looked at, whatever came of it.
  add column looked_at timestamptz,
  -- Set where somebody wants it read before its turn.
  add column asked_at timestamptz;
create index blob_turn on blob ((coalesce(looked_at, at)), id);
create index blob_asked on blob (asked_at) where asked_at is not null;

create table vault_round (
  id uuid primary key,
  state text not null check (state in ('running', 'done', 'superseded')),
  -- By an officer, to be done at once rather than spread over days.
  asked_by text,
  started_at timestamptz not null,
  due_at timestamptz not null,
  ended_at timestamptz,
  -- Last turn, and what it read beyond its allowance, in bytes.
  worked_at timestamptz not null,
  debt bigint not null default 0,
  -- Why the last turn did nothing.
  paused text,
  blobs bigint not null,
  bytes bigint not null,
  blobs_done bigint not null default 0,
  bytes_done bigint not null default 0,
  -- When the store was last listed, and how many objects there were.
  listed_at timestamptz,
  objects bigint
);
create unique index vault_round_running on vault_round (state) where state = 'running';

-- A blob that is read in stretches: up to where, and the hash so far, sealed under the blob's own key.
create table vault_reading (
  blob uuid primary key references blob (id) on delete cascade,
  read bigint not null,
  mark bytea not null
);

create table vault_finding (
  id uuid primary key,
  number bigint generated always as identity,
  state text not null check (state in ('open', 'mended', 'settled')),
  kind text not null check (kind in ('altered', 'lost', 'unreadable', 'digest', 'keyless', 'orphan')),
  -- The blob concerned; stays when that is gone. Null for an object that nothing refers to.
  blob uuid,
  object uuid,
  -- Plaintext bytes that were right before the damage.
  good bigint,
  bytes bigint not null,
  -- How many hold a key to it.
  holders int not null,
  found_at timestamptz not null,
  seen_at timestamptz not null,
  ended_at timestamptz
);
create unique index vault_finding_once on vault_finding (coalesce(blob, object), kind) where state = 'open';
create index vault_finding_list on vault_finding (state, number desc);

-- What the store holds by its own list; filled anew each time, and worth nothing after a crash.
create unlogged table vault_listed (
  object uuid primary key,
  bytes bigint not null,
  at timestamptz not null
);
