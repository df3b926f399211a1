-- Keys under which the vault's data keys are wrapped: several, one of them current. Rewrites blob_wrap and upload once (their new column), and locks them meanwhile.
create table vault_key (
  id uuid primary key,
  -- Holder and name there: file:vault, pkcs11:comity-1f2e…, transit:3.
  name text not null unique,
  -- The same while anything may be wrapped under it; null from the moment that it is destroyed. What is wrapped refers to it: the database itself
  -- refuses to destroy a key that is in use, and to use one that is destroyed.
  usable text unique,
  state text not null check (state in ('current', 'former', 'idle', 'destroyed')),
  made_at timestamptz not null,
  destroyed_at timestamptz,
  -- When its holder said that it is gone.
  shredded_at timestamptz
);
create unique index vault_key_current on vault_key (state) where state = 'current';
insert into vault_key (id, name, usable, state, made_at) values (gen_random_uuid(), 'file:vault', 'file:vault', 'current', now());

-- Each wrapped key begins with the name of the key that it is wrapped under; those from before are 60 bytes and all under the first.
alter table blob_wrap add column key text not null generated always as
  (case when length(wrapped) > 60 then encode(substring(wrapped from 3 for get_byte(wrapped, 1)), 'escape') else 'file:vault' end) stored
  references vault_key (usable);
create index blob_wrap_key on blob_wrap (key, holder);
alter table upload add column key_name text not null generated always as
  (case when length(wrapped) > 60 then encode(substring(wrapped from 3 for get_byte(wrapped, 1)), 'escape') else 'file:vault' end) stored
  references vault_key (usable);
create index upload_key_name on upload (key_name, id);
