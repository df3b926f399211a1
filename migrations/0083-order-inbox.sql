-- The inbox of an intake office: what nobody opened climbs, floods wait outside, and each filter has an index in the worklist's order. Locks report while its indexes are made.
alter table report
  -- Which powers over electronic evidence it opens, with the category or as an officer assigned it.
  add column basis text,
  -- When it climbs if nobody has opened it by then; null once somebody has, and for what nobody waits for.
  add column unopened_at timestamptz,
  -- How often that time has passed: the first moves it to the top of its priority, each further one a priority up.
  add column climbed smallint not null default 0,
  -- HMAC of its words as far as copies share them: by it floods are known, and emptied. Null for what no flood is made of.
  add column pattern bytea,
  -- The order by which a pattern of the quarantine was emptied.
  add column emptied_by uuid,
  -- The node that handed it over, where one did.
  add column peer text,
  -- Conditions on its use that were accepted before it came.
  add column conditions text;

drop index report_worklist;
drop index report_by_state;
drop index report_by_assignee;
drop index report_by_category;
create index report_worklist on report (priority, turn_at, id) include (office) where state <> 'closed' and quarantine is null and not folded;
create index report_by_state on report (state, priority, turn_at, id) include (office) where state <> 'closed' and quarantine is null and not folded;
create index report_unanswered on report (priority, turn_at, id) include (office, respond_by, opened_at) where state <> 'closed' and quarantine is null and not folded and responded_at is null and respond_by is not null;
create index report_by_assignee on report (assignee, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and assignee is not null;
create index report_by_office on report (office, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and office is not null;
create index report_by_category on report (category, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded;
create index report_by_district on report (district, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and district is not null;
create index report_by_channel on report (channel, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and channel <> 'portal';
create index report_by_language on report (language, priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and language <> 'en';
create index report_with_money on report (priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and loss_minor is not null;
create index report_of_child on report (priority, turn_at, id) where state <> 'closed' and quarantine is null and not folded and (category in ('C1', 'C2', 'C3') or for_whom = 'child' or age_band in ('under-13', '13-17'));
create index report_folded on report (campaign_id) where folded;
create index report_unopened on report (unopened_at) where unopened_at is not null;
create index report_quarantined on report (pattern, id) where quarantine is not null and state <> 'closed';
create index report_emptied on report (emptied_by, id) where emptied_by is not null;

-- How often each wording came in an hour, told by each process of those that come often: so that a flood spread over processes is one.
create table report_wording (
  pattern bytea not null,
  hour timestamptz not null,
  n integer not null,
  primary key (pattern, hour)
);

-- A view of the list that an officer keeps.
create table saved_view (
  id uuid primary key,
  account uuid not null,
  name text not null,
  -- Query of the list's address, without the question mark.
  filters text not null,
  created_at timestamptz not null
);
create index saved_view_account on saved_view (account, name);

-- An order to empty part of the quarantine: carried out by a job, report by report, as the officer who gave it.
create table emptying (
  id uuid primary key,
  state text not null,
  office uuid not null,
  account uuid not null,
  -- wording, observable, hour or channel; and which.
  by text not null,
  key text not null,
  -- release or junk.
  verdict text not null,
  at timestamptz not null,
  ended_at timestamptz,
  done integer not null default 0,
  refused integer not null default 0
);
create index emptying_running on emptying (at) where state in ('running', 'undoing');
create index emptying_office on emptying (office, at);
