-- What an item is called, how it was got and its digests are sealed; so are the words of its journal and of what is exchanged about it. Rows written before are
-- sealed by a job of the worker, which then empties the old columns. Locks item, upload, journal, outbox and inbox for a moment.
alter table item
  -- {description, name, digest, acquisition, held_reason, seal_number} as JSON, sealed to the item.
  add column words bytea,
  -- Keyed look-ups of its words and digests: they are found by whoever asks for the same, and tell nothing.
  add column marks bytea[] not null default '{}',
  alter column description drop not null,
  alter column name drop not null,
  alter column digest drop not null,
  alter column acquisition drop not null,
  alter column acquisition drop default;
create index item_marks on item using gin (marks);
create index item_unsealed on item (id) where words is null;

alter table upload
  -- What the file was called, sealed to the upload.
  add column label bytea,
  -- {sha256} as JSON, sealed to the upload, once all bytes are there.
  add column digests bytea,
  alter column name drop not null;

-- What the record says under `change`, sealed to the entry, where its subject is one that says so; the record then has an empty change.
alter table journal add column words bytea;
create index journal_unsealed on journal (ord) where words is null and subject_kind in ('item', 'request') and record->'change' <> '{}'::jsonb;

-- Body and files of a message, and the envelope that came, sealed to the row.
alter table outbox
  add column words bytea,
  alter column body drop not null,
  alter column files drop not null,
  alter column files drop default;
create index outbox_unsealed on outbox (id) where words is null and body is not null;
alter table inbox
  add column words bytea,
  alter column envelope drop not null;
create index inbox_unsealed on inbox (id) where words is null;
