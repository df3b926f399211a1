-- Custody: several holds at once, what is out and due, what was verified. New columns with constant defaults and a new table; locks items for a moment.
alter table item
  -- Words that events have left on the item, as JSON, sealed to it: who has it outside, how it may be used, what state it was in.
  add column said bytea,
  -- When its bytes were last found to be the same; since when they were found to be others.
  add column verified_at timestamptz,
  add column altered_at timestamptz,
  -- An offer that lapses, or a thing outside that is due back.
  add column due_at timestamptz,
  -- Handed over together with others, on one receipt.
  add column bundle uuid,
  -- The node that it is handed over to, or was.
  add column to_peer text,
  -- Both have signed, and what is missing is that the file arrives.
  add column signed_at timestamptz,
  -- The rule that says how long it is kept; null where a person said so.
  add column retain_source text;

create index item_coming on item (to_office) where state = 'in-transit';
create index item_due on item (due_at) where due_at is not null;
create index item_retained on item (retain_until) where state in ('kept', 'sealed');
create index item_altered on item (altered_at) where altered_at is not null;
create index item_bundle on item (bundle) where bundle is not null;
create index item_parent on item (parent) where parent is not null;

-- One reason why an item may not be destroyed. It ends by an act of its own.
create table item_hold (
  id uuid primary key,
  item uuid not null references item (id),
  -- {reason, authority, by} as JSON, sealed to the hold; null for a hold from before, whose reason stands on the item.
  words bytea,
  -- Until then it is surely needed; whoever holds looks at it again.
  until date,
  held_at timestamptz not null,
  held_by uuid,
  released_at timestamptz
);
create index item_hold_item on item_hold (item, held_at);
create index item_hold_until on item_hold (until) where released_at is null;
insert into item_hold (id, item, held_at) select gen_random_uuid(), id, created_at from item where held;
