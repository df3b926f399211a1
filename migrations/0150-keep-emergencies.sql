-- Emergencies: each use of the fast way, and what became of its review. A new table only; locks nothing.
create table emergency_use (
  request_id uuid primary key references request (id),
  -- Who sent it; never reviews it.
  sent_by uuid,
  sent_at timestamptz not null,
  -- True where it went out before anybody had authorised it.
  before_authorisation boolean not null,
  review_due timestamptz not null,
  reviewed_at timestamptz,
  reviewed_by uuid,
  -- Lapsed: nobody reviewed it in time. That is no approval.
  verdict text check (verdict in ('justified', 'not-justified', 'lapsed'))
);
create index emergency_use_open on emergency_use (review_due) where verdict is null;
