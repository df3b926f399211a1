-- Offices, officers' accounts, their sessions and tokens, and what wrong passwords cost. New tables only; locks nothing.
create table organisation (
  id uuid primary key,
  name text not null unique
);

create table office (
  id uuid primary key,
  organisation uuid not null references organisation (id),
  name text not null unique,
  kind text not null check (kind in ('police', 'prosecution', 'court', 'central-authority', 'contact-point', 'provider',
    'data-protection', 'training', 'statistics', 'administration')),
  zone text not null,
  language text not null,
  created_at timestamptz not null
);
create index office_kind on office (kind);

create table account (
  id uuid primary key,
  -- 'invited': must choose a password first; 'active'; 'disabled'.
  state text not null check (state in ('invited', 'active', 'disabled')),
  username text not null unique check (username = lower(username)),
  name text not null,
  role text not null,
  office uuid not null references office (id),
  language text not null,
  -- Argon2id in PHC form; null until chosen.
  password text,
  -- Shared secret of one-time codes, sealed; null until confirmed.
  totp bytea,
  -- The invitation's code is an HMAC of this and is never stored.
  invitation uuid,
  invited_until timestamptz,
  created_at timestamptz not null,
  check (state <> 'active' or (password is not null and totp is not null))
);
create index account_office on account (office);

create table session (
  id uuid primary key,
  -- SHA-256 of the token that the browser holds.
  token bytea not null unique check (length(token) = 32),
  -- The token before the last rotation: calls under way may still carry it for a minute.
  previous bytea check (previous is null or length(previous) = 32),
  rotated_at timestamptz not null,
  account uuid not null references account (id),
  device text not null,
  created_at timestamptz not null,
  used_at timestamptz not null,
  stepped_up_at timestamptz,
  ended_at timestamptz
);
create index session_account on session (account) where ended_at is null;
create index session_previous on session (previous) where previous is not null;

create table token (
  id uuid primary key,
  account uuid not null references account (id),
  name text not null,
  digest bytea not null unique check (length(digest) = 32),
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index token_account on token (account) where ended_at is null;

-- A one-time code opens once: the 30-second steps already used.
create table used_code (
  account uuid not null references account (id),
  step bigint not null,
  primary key (account, step)
);

-- Tries at passwords and codes, by keyed bucket: holds no name and no address.
create table attempt (
  id uuid primary key,
  bucket bytea not null check (length(bucket) = 32),
  at timestamptz not null
);
create index attempt_bucket on attempt (bucket, at);
