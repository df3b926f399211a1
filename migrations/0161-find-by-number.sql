-- A request is found by the number that people know it by, which two peers may both use. Locks request while the index is made.
create index request_by_number on request (number);
