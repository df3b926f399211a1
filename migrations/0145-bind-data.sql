-- Conditions under which data is given, on requests and on the items that came under them. Adds columns with constant defaults; locks both tables for a moment.
alter table request
  -- Conditions set by the one asked, in their order; what was waived stays, marked.
  add column terms jsonb not null default '[]',
  -- Counts each setting of conditions, so that an answer to older ones is known as such.
  add column terms_version int not null default 0,
  -- 'proposed', 'agreed' or 'declined'; null where none were ever set.
  add column terms_state text check (terms_state in ('proposed', 'agreed', 'declined')),
  -- What was asked for and has not been given, as the one who answered last said it.
  add column missing jsonb not null default '[]';
alter table item
  -- Conditions in force on its use: codes, and 'expired' once the day by which it must be gone has passed. Null where there are none.
  add column limits text[],
  -- Who set them, and can waive them.
  add column bound_by text,
  add column bound_until date,
  -- The request under which they were agreed.
  add column bound_request uuid;
create index item_bound on item (bound_request) where bound_request is not null;
alter table case_file
  -- Who gave data of it on condition that nobody is tried on it for anything but the offences named. Null where nobody did.
  add column special_by text;
