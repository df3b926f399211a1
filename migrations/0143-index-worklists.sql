-- The worklist of an office is found by index among a hundred thousand requests. Locks request while it is made.
create index request_by_office on request (office, created_at desc, id desc) where office is not null;
