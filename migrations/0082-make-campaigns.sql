-- Reports that belong together: campaigns, what ties them, and what was done before. Adds an index to report, which waits for writers while it is built.
create sequence campaign_number;

create table campaign (
  id uuid primary key,
  -- K-2026-000123.
  number text not null unique,
  -- What its reports share (a domain, a number) until an officer names it. Empty where they share nothing but their words, which stay sealed.
  name text not null,
  -- The observable that the name was taken from: whoever may not see a report that holds it is not told the name either. Null once an officer has named it.
  name_key text,
  named boolean not null default false,
  -- active, closed, merged.
  state text not null,
  -- The most frequent of its reports.
  category text not null,
  -- Of its most urgent report.
  priority smallint not null check (priority between 0 and 4),
  reports int not null,
  -- Received in the seven days before it was counted last.
  week int not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  made_at timestamptz not null,
  -- {"MUR": 4130000}: minor units by currency.
  losses jsonb not null,
  -- {"F8": 41}.
  categories jsonb not null,
  -- The report that stands in the worklist for those folded.
  lead_id uuid,
  merged_into uuid references campaign (id)
);
create index campaign_by_size on campaign (reports desc, id desc) where state <> 'merged';
create index campaign_by_growth on campaign (week desc, id desc) where state <> 'merged';
create index campaign_by_last on campaign (last_at desc, id desc) where state <> 'merged';
create index campaign_growing on campaign (id) where week > 0;

create index report_campaign on report (campaign_id, received_at desc, id desc) where campaign_id is not null;

-- Two campaigns that an officer has parted: the node does not join them again.
create table campaign_apart (
  campaign_id uuid not null references campaign (id),
  other_id uuid not null references campaign (id),
  at timestamptz not null,
  primary key (campaign_id, other_id)
);

-- Which reports a campaign had when it was merged: so that the merger can be undone.
create table campaign_origin (
  campaign_id uuid not null references campaign (id),
  report_id uuid not null,
  primary key (campaign_id, report_id)
);

-- A wording met in reports: keyed digest and signature only, never the words.
create table wording (
  id bigint generated always as identity primary key,
  digest bytea not null unique check (length(digest) = 16),
  -- 128 hashes of 16 bits; null where the text is too short to be known again by its wording.
  signature bytea check (length(signature) = 256)
);
create table wording_band (
  band bigint not null,
  wording_id bigint not null,
  primary key (band, wording_id)
);
create table wording_near (
  wording_id bigint not null,
  other_id bigint not null,
  -- Hashes in common, of 128.
  equal smallint not null,
  primary key (wording_id, other_id)
);

-- One row a report that the job has been through.
create table report_signature (
  report_id uuid primary key,
  -- Null where it says nothing, or was erased.
  wording_id bigint
);
create index report_signature_wording on report_signature (wording_id, report_id) where wording_id is not null;

-- How far the job is certain to have been through all reports.
create table campaign_progress (
  one boolean primary key default true check (one),
  upto uuid not null
);
insert into campaign_progress (upto) values ('00000000-0000-0000-0000-000000000000');

-- When the campaigns followed an officer's word on two reports.
alter table report_link add column followed_at timestamptz;
create index report_link_unfollowed on report_link (report_id) where followed_at is distinct from at;
create index report_link_different on report_link (report_id) where verdict = 'different';
