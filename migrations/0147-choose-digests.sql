-- How often an officer is written to about what waits: counts only, never what it is about. New table; locks nothing.
create table digest (
  id uuid primary key,
  account uuid not null unique references account (id),
  every text not null check (every in ('weekday', 'day', 'week')),
  -- Hour of the officer's office, 0 to 23.
  hour int not null check (hour between 0 and 23),
  -- The address, sealed.
  address bytea not null,
  -- The day of the office on which it was last written, or found that nothing waits.
  told_on date,
  created_at timestamptz not null
);
