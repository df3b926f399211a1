-- Uploads whose length is not known when they begin (a pipe); then `bytes` is the most that they may become. Locks upload for a moment.
alter table upload add column deferred boolean not null default false;
