-- Monthly releases of public figures, frozen once published, and the decision-makers' brief. New tables only; locks nothing.
create table statistics_release (
  id uuid primary key,
  -- The calendar month that it tells of, YYYY-MM, in the zone below.
  month text not null unique check (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  state text not null check (state in ('draft', 'published')),
  zone text not null,
  -- The rule under which cells were withheld.
  threshold integer not null check (threshold >= 2),
  dominance integer not null check (dominance between 1 and 100),
  drafted_at timestamptz not null,
  published_at timestamptz,
  published_by text,
  -- How many cells there are, and how many are withheld.
  cells integer not null,
  withheld integer not null,
  -- SHA-256 of the canonical form of all cells.
  digest bytea not null check (length(digest) = 32)
);

create table statistics_cell (
  release_id uuid not null references statistics_release (id),
  indicator text not null,
  measure text not null,
  -- The values of the indicator's dimensions, in their order.
  keys text[] not null,
  -- Null where it is withheld: the true value is kept nowhere.
  value bigint,
  primary key (release_id, indicator, measure, keys)
);

-- Each report is counted in one release only, so that no two of them can be subtracted from each other.
create table statistics_counted (
  report_id uuid primary key,
  release_id uuid not null references statistics_release (id)
);
create index statistics_counted_release on statistics_counted (release_id);

-- What is published stays as it is, whoever asks the database.
create function statistics_frozen() returns trigger language plpgsql as $$
begin
  if exists (select 1 from statistics_release where id = case when tg_op = 'INSERT' then new.release_id else old.release_id end and state = 'published') then
    raise exception 'a published release does not change';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger statistics_cell_frozen before insert or update or delete on statistics_cell for each row execute function statistics_frozen();

create function statistics_release_frozen() returns trigger language plpgsql as $$
begin
  if old.state = 'published' then
    raise exception 'a published release does not change';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger statistics_release_frozen before update or delete on statistics_release for each row execute function statistics_release_frozen();

create table strategy_brief (
  id uuid primary key,
  month text not null unique check (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  made_at timestamptz not null,
  -- Every figure and finding of the brief, as its pages were set from them.
  facts jsonb not null
);

create table strategy_document (
  brief_id uuid not null references strategy_brief (id),
  language text not null,
  pdf bytea not null,
  digest bytea not null check (length(digest) = 32),
  primary key (brief_id, language)
);
