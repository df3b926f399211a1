-- Every text of the law under which this node has decided anything, so that old decisions can be replayed under the law of their day. New table only; locks nothing.
create table pack_version (
  -- SHA-256 of all policies, hex: what journal entries name.
  digest text primary key,
  code text not null,
  version text not null,
  valid_from date not null,
  -- IANA time zone in which its days run.
  zone text not null,
  -- Who signed it, as a verifier key; null for a pack that nobody signed.
  signed_by text,
  -- [{id, origin, text}]
  policies jsonb not null,
  first_used_at timestamptz not null
);
