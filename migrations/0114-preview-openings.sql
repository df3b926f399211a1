-- Openings that show an item without giving its bytes. Adds a column with a constant default: locks the table for an instant.
alter table item_opening add column preview_only boolean not null default false;
