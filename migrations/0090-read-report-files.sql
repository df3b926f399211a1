-- What a reporter's file turned out to be, and the files of reports that are still being written. Locks report_file for a moment.
alter table report_file
  -- 'picture', 'pdf', 'mail', 'text', 'archive', 'program', 'other': by the bytes, whatever the name says.
  add column kind text,
  -- True where the name or the sender's word says another kind than the bytes.
  add column misnamed boolean not null default false,
  -- When it was read apart; null while it waits.
  add column read_at timestamptz,
  -- What was read in it (headers, hops, links, sizes), as JSON, sealed to the file.
  add column facts bytea,
  -- Holder of the picture that was drawn anew from it, in the vault; null where there is none.
  add column preview text;
create index report_file_unread on report_file (id) where read_at is null;

-- Files of drafts: let go of when the draft is left, kept as the report's when it is sent.
create table report_draft_file (
  blob text primary key,
  bytes bigint not null,
  at timestamptz not null
);
create index report_draft_file_at on report_draft_file (at);
