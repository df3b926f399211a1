-- Whether traffic data is asked for solely to identify the user (European orders). Locks request for a moment.
alter table request add column identifying boolean not null default false;
