-- What providers return, with their lists and certificates, until it is taken in as exhibits. New tables only; locks nothing.
create table provider_return (
  id uuid primary key,
  number text not null unique,
  state text not null,
  office uuid not null,
  office_name text not null,
  begun_by uuid not null,
  begun_by_name text not null,
  case_id uuid references case_file (id),
  request_id uuid,
  -- Provider, its reference, the authority, its list of files: sealed.
  words bytea not null,
  certificate_item uuid references item (id),
  created_at timestamptz not null,
  ended_at timestamptz
);
create index provider_return_office on provider_return (office, id desc);

create table provider_return_file (
  id uuid primary key,
  return uuid not null references provider_return (id),
  -- The upload that it came by: the same one is added once.
  upload uuid not null,
  is_certificate boolean not null,
  bytes bigint not null,
  -- Name, media type, digests: sealed.
  words bytea not null,
  -- What it became.
  item uuid references item (id),
  unique (return, upload)
);
create index provider_return_file_item on provider_return_file (item);
