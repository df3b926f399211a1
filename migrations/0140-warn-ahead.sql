-- Clocks warn ahead, and wake at the nearest of their moments; a rule's version is kept beside each. Locks deadline while it adds columns.
alter table deadline
  -- Version of the rule that counts it: a later change of the rule leaves running clocks as they are.
  add column version smallint not null default 1 check (version > 0),
  -- Minutes before it is due at which it warns; fixed when it starts.
  add column warn_minutes integer[] not null default '{}',
  -- From so many minutes before it is due a warning goes to the head of the office too; null: never.
  add column escalate_minutes integer,
  -- Counts the moments that it was ever due: a clock that is extended warns anew, one that stood still does not.
  add column term integer not null default 1,
  -- When the sweep has next something to do with it.
  add column wakes_at timestamptz;
update deadline set wakes_at = due_at;
alter table deadline alter column wakes_at set not null;
drop index deadline_due;
create index deadline_wakes on deadline (wakes_at, id) where fired_at is null and ended_at is null and suspended_at is null;
create index deadline_next on deadline (subject_kind, due_at, id) where fired_at is null and ended_at is null;

create table deadline_warning (
  deadline_id uuid not null references deadline (id) on delete cascade,
  term integer not null,
  ahead_minutes integer not null check (ahead_minutes > 0),
  -- The moment that it is for.
  at timestamptz not null,
  -- When it was raised: late where the node was down.
  raised_at timestamptz not null,
  -- A nearer one, or the end itself, had come by then: it is not shown.
  overtaken boolean not null default false,
  primary key (deadline_id, term, ahead_minutes)
);
