-- Telling the person concerned: the document as it went, to whom, by which way, and the proof. A new table and an index; locks request for a moment.
create table notice (
  id uuid primary key,
  request_id uuid not null references request (id),
  office uuid,
  state text not null check (state in ('prepared', 'sent', 'served', 'returned', 'dropped')),
  way text not null check (way in ('letter', 'registered-e-mail', 'served')),
  language text not null,
  -- Name and address of the person, sealed to this row.
  person bytea not null,
  -- The signed document as it goes, sealed to this row.
  document bytea not null,
  digest bytea not null,
  prepared_by uuid not null,
  prepared_at timestamptz not null,
  sent_at timestamptz,
  sent_by uuid,
  -- Number of the registered letter, or who went to serve it.
  reference text,
  -- When it came to the person or came back, and what shows it.
  ended_on date,
  ended_by uuid,
  proof text
);
create index notice_request on notice (request_id, prepared_at);
