-- Who works in the admin pages, in the shape that better-auth reads and writes. An operator belongs to
-- the installation: the role is the same in each of its gardens.
create table operators (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  role text not null check (role in ('owner', 'editor', 'analyst', 'service')),
  -- Of the admin pages; null follows the garden's.
  language text check (language in ('en', 'de')),
  -- Set while the password is one that somebody else knows: it works until then, and must be replaced.
  one_time_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table operator_sessions (
  id text primary key,
  user_id text not null references operators on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index operator_sessions_user on operator_sessions (user_id);

-- How an operator signs in; `password` is a salted scrypt hash.
create table operator_accounts (
  id text primary key,
  user_id text not null references operators on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index operator_accounts_user on operator_accounts (user_id);

create table operator_verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index operator_verifications_identifier on operator_verifications (identifier);
