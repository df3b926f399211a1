-- What the malware scanner found in items and in reporters' files. New tables only; locks nothing.
create table item_scan (
  item uuid primary key references item (id),
  -- clean, found, too-large (for the scanner), failed
  state text not null,
  -- Name of what was found, sealed.
  found bytea,
  -- The scanner and its database, as it names them.
  scanner text not null,
  at timestamptz not null
);
create index item_scan_found on item_scan (at) where state = 'found';

create table report_file_scan (
  file uuid primary key references report_file (id) on delete cascade,
  state text not null,
  found bytea,
  scanner text not null,
  at timestamptz not null
);
