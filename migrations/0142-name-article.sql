-- A request may say which article of the Convention its offence falls under, so that countries can be compared; '' where it does not. Locks request shortly.
alter table request add column article text not null default '';
create index request_sent on request (sent_at, id) where sent_at is not null;
