-- Things from before their entries recorded what acts leave of their rows: each is recorded once, as it stands, by the worker. A new table; locks nothing.
create table unrecorded (
  kind text not null,
  id uuid not null,
  primary key (kind, id)
);
insert into unrecorded (kind, id) select 'item', id from item;
insert into unrecorded (kind, id) select 'exhibit', id from exhibit;
insert into unrecorded (kind, id) select 'disclosure', id from disclosure;
