-- What a provider by TS 103 120 said last of an object's status: asked again, it may say the same again, and that is no news. One column; locks the table for a moment.
-- SHA-256 of the status, its reason and until when data is kept; null where nothing was said of them.
alter table hi1_object add column said bytea check (length(said) = 32);
