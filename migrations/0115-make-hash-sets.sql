-- Sets of hashes of known files, what matched, and the office for which an item is locked. New tables, and a column without a default: locks nothing for long.
create table hash_set (
  id uuid primary key,
  state text not null,
  name text not null unique,
  source text not null,
  category text not null check (category in ('known-good', 'known-bad', 'child-abuse', 'terrorism', 'other')),
  licence text,
  -- Only this office sees that there is such a set, and what matched it; null for every office that works with evidence.
  office uuid,
  -- How many of 256 bits two perceptual hashes may differ in.
  distance int not null default 31 check (distance between 0 and 64),
  -- The version whose files are looked up, and the one that waits for a second person.
  current uuid,
  proposed uuid,
  proposed_by uuid,
  created_at timestamptz not null
);

create table hash_version (
  id uuid primary key,
  set_id uuid not null references hash_set (id),
  version text not null,
  -- waiting, building, proposed, current, replaced, failed, refused
  state text not null,
  -- Perceptual hashes of 64 digits look like SHA-256: the list says which they are.
  perceptual boolean not null default false,
  -- Of a list that says it (Project VIC): categories to be taken.
  only_categories int[],
  -- Under which the vault holds the list until it is built; null for a list that a command read.
  holder text,
  list_bytes bigint,
  read_bytes bigint not null default 0,
  lines bigint not null default 0,
  passed_over bigint not null default 0,
  -- Distinct hashes by kind: {"md5": 12}.
  entries jsonb not null default '{}',
  problem text,
  imported_by text not null,
  confirmed_by text,
  at timestamptz not null,
  live_at timestamptz
);
create index hash_version_set on hash_version (set_id, at desc);
create index hash_version_waiting on hash_version (at) where state in ('waiting', 'building');

-- A step up each time a version comes or goes: items that were held against fewer are looked at again.
create table hash_generation (
  id smallint primary key default 1 check (id = 1),
  generation bigint not null
);
insert into hash_generation values (1, 1);

create table hash_match (
  item uuid not null references item (id),
  set_id uuid not null references hash_set (id),
  version uuid not null,
  kind text not null check (kind in ('md5', 'sha1', 'sha256', 'pdq')),
  -- Bits that differ, of perceptual hashes.
  distance int,
  at timestamptz not null,
  primary key (item, set_id, kind)
);
create index hash_match_set on hash_match (set_id, item);

-- How far an item has been held against the sets.
create table hash_check (
  item uuid primary key references item (id),
  generation bigint not null,
  -- Its own perceptual hash, sealed; null where it is no picture, or was not drawn.
  pdq bytea,
  pdq_at timestamptz
);

-- Locked for the named viewers of this office, of whom nobody may be known: then nobody opens it.
alter table item add column viewing_office uuid;
alter table item add column locked_at timestamptz;
create index item_locked on item (viewing_office) where viewing_office is not null;
