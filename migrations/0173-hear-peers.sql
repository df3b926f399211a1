-- When a peer was last heard from is found without reading all that ever went to and fro. Locks inbox and outbox while the indexes are made.
create index inbox_heard on inbox (peer, received_at);
create index outbox_heard on outbox (peer, delivered_at) where delivered_at is not null;
