-- What this node saw of its peers' ledgers, and what they cosigned of its own. New tables only; locks nothing.
create table witnessed (
  -- The other ledger's name on its checkpoints.
  origin text primary key,
  -- The largest tree seen: no smaller one is ever cosigned, nor another of the same size.
  size bigint not null check (size >= 0),
  root bytea not null check (length(root) = 32),
  -- The signed note, kept as proof of what was shown.
  note text not null,
  at timestamptz not null
);

create table ledger_cosignature (
  size bigint not null references ledger_checkpoint (size),
  -- The witness's verifier key.
  vkey text not null,
  peer text not null,
  -- The signature line, without its line end.
  line text not null,
  at timestamptz not null,
  primary key (size, vkey)
);
create index ledger_cosignature_latest on ledger_cosignature (vkey, size desc);
