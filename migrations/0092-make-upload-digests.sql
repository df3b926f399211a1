-- Parts that are put together into one upload, and how far a digest that is read again has come. Locks upload and upload_part for a moment.
-- `partial`: to be put together; `final;…`: put together out of such, as the client wrote it. @source tus 1.0.0, concatenation
alter table upload add column concat text check (concat = 'partial' or concat like 'final;%');
-- Bytes read again for the digests, and when whoever writes or reads last said so: another takes over from one that fell silent.
alter table upload add column hashed bigint not null default 0;
alter table upload add column alive_at timestamptz;
create index upload_owner on upload (owner, id);
-- The part's own data key under the upload's, where it came out of another upload.
alter table upload_part add column key bytea;
