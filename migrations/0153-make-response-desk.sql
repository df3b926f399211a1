-- The response desk of a provider: what it holds, telling users, and transparency reports. New tables only; locks nothing.
create table holding (
  id uuid primary key,
  state text not null check (state in ('declared', 'ended')),
  category text not null,
  description text not null,
  -- Days for which it is kept; null where it is kept as long as the account is.
  kept_days int,
  declared_by uuid not null,
  declared_at timestamptz not null,
  ended_at timestamptz
);
create table user_notice (
  request_id uuid primary key references request (id),
  -- Not before this moment; null where nothing delays it.
  delayed_until timestamptz,
  told_at timestamptz,
  told_by uuid
);
create table transparency_report (
  id uuid primary key,
  state text not null check (state in ('published', 'withdrawn')),
  starts_on date not null,
  ends_on date not null,
  -- As it was published: never computed anew.
  figures jsonb not null,
  published_at timestamptz not null,
  published_by uuid not null
);
create index transparency_report_period on transparency_report (ends_on desc, published_at desc);
