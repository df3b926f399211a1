-- What a witness needs to prove that a ledger told two stories, and what a ledger needs to stop before it tells one itself. Adds a column that is filled at once; otherwise new tables.

-- The witness's own lines under what it saw, as it answered them: whoever asks for the checkpoint gets them with it.
alter table witnessed add column cosignatures text not null default '';

-- Two checkpoints of one ledger, both signed by it, that cannot both be true. Kept for ever: it is the proof.
create table ledger_conflict (
  id uuid primary key,
  origin text not null,
  -- The signed notes: the one seen first, and the one that does not continue it.
  seen text not null,
  shown text not null,
  -- Where the two were found: this node's code, or that of the peer which had seen the other one.
  found_by text not null,
  at timestamptz not null,
  unique (origin, seen, shown)
);

-- This node's own ledger, one row: whether it signs.
create table ledger (
  id uuid primary key,
  state text not null check (state in ('signing', 'stopped')),
  -- Why it stopped: {reason, size, root, note, by}; null while it signs.
  stopped jsonb,
  stopped_at timestamptz,
  -- Trees that others hold and this database does not, which a person has decided to go on without: [{size, root}].
  forsaken jsonb not null default '[]'
);
insert into ledger (id, state) values ('00000000-0000-8000-8000-000000000001', 'signing');

-- What is amiss with this node's ledger until it has gone or somebody has seen to it.
create table ledger_alarm (
  id uuid primary key,
  kind text not null,
  -- Whom it is about: a witness outside of the peers, a time-stamp authority; empty where nobody.
  about text not null,
  detail jsonb not null,
  raised_at timestamptz not null,
  ended_at timestamptz
);
create unique index ledger_alarm_one on ledger_alarm (kind, about) where ended_at is null;

-- RFC 3161 tokens over checkpoints. The first is over the signed note; each later one renews what stands before it.
create table ledger_token (
  size bigint not null references ledger_checkpoint (size),
  step smallint not null check (step >= 1),
  token bytea not null,
  is_built_in boolean not null,
  at timestamptz not null,
  -- Until when the certificate of its authority holds.
  until timestamptz not null,
  -- Of a renewal: the tree of all that it renewed, and where this one stands in it. Null for the first.
  root bytea check (root is null or length(root) = 32),
  idx integer,
  count integer,
  hashes bytea,
  primary key (size, step)
);
create index ledger_token_until on ledger_token (until);
