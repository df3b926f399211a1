-- What was found in containers of evidence: images and their inner hashes, folders, packages. Locks item for a moment.
alter table item add column inspected_at timestamptz;
create index item_uninspected on item (id) where inspected_at is null;
create table item_contents (
  item uuid primary key references item (id),
  form text not null,
  -- agrees, differs, damaged, partial, unproved.
  verdict text not null,
  -- What was found, as JSON, sealed to the item.
  found bytea not null,
  at timestamptz not null
);
