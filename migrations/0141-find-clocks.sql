-- Lists of clocks show what has warned, and what is late and still to be met, beside what runs out next. Locks deadline while the indexes are made.
alter table deadline
  -- Minutes before it is due at which it has last warned, for the moment that it is due now.
  add column warned_minutes integer;
drop index deadline_next;
create index deadline_open on deadline (subject_kind, due_at, id) where ended_at is null;
create index deadline_warned on deadline (subject_kind, due_at, id) where warned_minutes is not null and ended_at is null and fired_at is null and suspended_at is null;
create index request_newest on request (created_at desc, id desc);
