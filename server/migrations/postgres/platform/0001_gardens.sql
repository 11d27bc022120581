-- One installation holds several gardens (a brand's own, and the synthetic sample beside it). What
-- must be found before the garden is known stands here, in the schema "rondell".
create table gardens (
  id text primary key check (id ~ '^[a-z][a-z0-9_]{1,40}$'),
  brand text not null,
  language text not null check (language in ('en', 'de')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  timezone text not null,
  synthetic boolean not null default false,
  -- Draws the holdout: the arm of a customer is a hash of this and the customer's id.
  salt text not null,
  -- Share of customers that no offer reaches, in [0, 1].
  holdout_share double precision not null default 0.1,
  created_at timestamptz not null default now()
);

-- The public write key of a source, and the garden that it leads to.
create table write_keys (
  write_key text primary key,
  garden text not null references gardens on delete cascade,
  source_id bigint not null
);
create index write_keys_garden on write_keys (garden);

-- Secret API tokens: only the hash is kept.
create table api_tokens (
  id text primary key,
  garden text not null references gardens on delete cascade,
  name text not null,
  token_hash bytea not null unique,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- Addresses of customers' pages (`/s/<slug>`) are short and carry no garden.
create table public_slugs (
  slug text primary key,
  garden text not null references gardens on delete cascade,
  kind text not null
);

-- Work in the background with its progress; the queue itself is pg-boss's.
create table job_runs (
  id uuid primary key,
  garden text references gardens on delete cascade,
  name text not null,
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  -- In [0, 1]; null while it cannot be told.
  progress double precision,
  detail jsonb not null default '{}',
  input jsonb not null default '{}',
  result jsonb,
  error text,
  created_by text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index job_runs_recent on job_runs (garden, name, created_at desc);
