-- A match that was wrong: one viewer says so, another confirms it. New columns without defaults: locks item for an instant.
alter table item
  -- Who of the viewers says that what matched is not what it was taken for; null where nobody does.
  add column contested_by uuid,
  add column contested_at timestamptz,
  -- Matches that two viewers found wrong: "<set> <kind of hash>". They lock the item no more; another match does.
  add column cleared text[];
