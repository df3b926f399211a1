-- Child-protection reports of platforms on their way in, as the public interface of hotlines has them: opened, told of files, finished. New tables only; locks nothing.
create table hotline_report (
  id uuid primary key,
  -- By which its sender speaks of it.
  number bigint generated always as identity (start with 100001) unique,
  client_id uuid not null references client (id),
  state text not null,
  -- What was sent, as JSON, sealed to it; emptied when it became a report, was retracted or expired.
  sealed bytea,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  report_id uuid
);
create index hotline_report_open on hotline_report (expires_at) where state = 'open';

-- What was said of a file: its digests and names. The file itself is never here.
create table hotline_file (
  id uuid primary key,
  hotline_report_id uuid not null references hotline_report (id),
  sealed bytea,
  at timestamptz not null
);
create index hotline_file_report on hotline_file (hotline_report_id, id);
