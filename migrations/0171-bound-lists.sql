-- Lists of clocks, the contact point's board and who is to be told are read from indexes alone. Locks deadline and request while the indexes are made.
drop index deadline_open;
create index deadline_open on deadline (subject_kind, due_at, id) include (subject_id, rule, suspended_at, fired_at) where ended_at is null;
-- Which clock of a thing runs out next, and whether one of it is late, has warned or stands.
create index deadline_running on deadline (subject_id, due_at, id) include (subject_kind, rule, suspended_at, fired_at, warned_minutes) where ended_at is null;
drop index request_notification;
create index request_notification on request (notification, created_at desc, id desc, side, office, assigned_office, state) where notification is not null;
-- What waits on the board, with what the rules look at of it.
create index request_waiting on request (urgency, id) include (side, state, office, assigned_office, measure, data_category)
  where side || ' ' || state in ('receiver delivered', 'receiver acknowledged', 'receiver postponed', 'receiver accepted', 'receiver executing', 'receiver partly-executed', 'sender authorised', 'sender clarification');
