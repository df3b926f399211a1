-- A mark by which a scan's row is held against what was written; older rows are marked once, as they stand, by the worker. A column without a default: locks for an instant.
alter table item_scan add column mark bytea;
insert into unrecorded (kind, id) select 'item_scan', item from item_scan;
