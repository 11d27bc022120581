-- Imports of what the brand already has: files waiting, how they are read, and what came of it.
create table import_files (
  id text primary key,
  name text not null,
  bytes bigint not null,
  gzip boolean not null,
  created_by text not null,
  created_at timestamptz not null
);

create table import_mappings (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,60}$'),
  mapping jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);

create table imports (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('orders')),
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'undone')),
  -- The mapping as it was at the start; its saved form may change later.
  mapping_name text,
  mapping jsonb not null,
  files jsonb not null,
  currency text not null,
  timezone text not null,
  basis jsonb not null,
  -- Orders the imports among each other: the newest writer of a record wins. Given when the work begins.
  version bigint,
  -- The newest customer id when the work began: greater ones were made by it.
  customers_before bigint,
  job_id uuid,
  result jsonb,
  error jsonb,
  created_by text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz
);
create index imports_recent on imports (created_at desc);

-- What customers wrote in reviews: free text is personal and stays out of the event store.
create table review_texts (
  record_key text primary key,
  -- 0 where nobody is known to have written it.
  customer_id bigint not null,
  import_id bigint not null,
  title text not null,
  body text not null,
  written_at timestamptz not null
);
create index review_texts_customer on review_texts (customer_id);
create index review_texts_import on review_texts (import_id);
