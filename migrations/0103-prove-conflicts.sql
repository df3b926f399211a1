-- One proof is enough for each checkpoint that a ledger contradicted; notes with many signatures do not fit into an index as they are. Locks ledger_conflict for a moment.
alter table ledger_conflict drop constraint ledger_conflict_origin_seen_shown_key;
create unique index ledger_conflict_one on ledger_conflict (origin, md5(seen));
