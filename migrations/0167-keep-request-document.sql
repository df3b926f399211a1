-- The English document of a request as it was sent: what is amended later, or a later form of documents, must not change what was signed for. New table only; locks nothing.
create table request_document (
  request uuid primary key,
  -- PDF, sealed to this row.
  document bytea not null
);
