-- Reports in which something was found after they came, in a file that was read: they are linked once more. Locks report for a moment.
alter table report add column refound boolean not null default false;
create index report_refound on report (id) where refound;
