-- What events leave said of an item stands among its sealed words. Locks items for a moment.
alter table item drop column said;
create index item_signed on item (signed_at) where signed_at is not null;
