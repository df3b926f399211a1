-- The treaty that a request is made on, and what the receiver's own table says of it. Adds two columns without default; locks `request` for a moment.
alter table request add column basis jsonb, add column basis_here jsonb;
