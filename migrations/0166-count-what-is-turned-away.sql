-- What strangers and peers sent to the gateway and was not taken, by day and reason: people must see a flood, and a log is read by nobody. Locks nothing.
create table turned_away (
  -- By UTC.
  day date not null,
  -- Type of the problem that was answered.
  reason text not null,
  count bigint not null,
  last_at timestamptz not null,
  primary key (day, reason)
);
