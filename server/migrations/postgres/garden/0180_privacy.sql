-- What people ask about their own data, what came of it, and who must not come back.

-- Keyed hashes of identifiers whose events and lines are dropped from now on: it can be matched, and not read. The
-- same list is replayed on a restored backup.
create table suppressions (
  hash bytea primary key,
  erasure_id uuid not null,
  since timestamptz not null
);

-- Each erasure with its receipt. The ids are needed until nothing of the person is on the disks, and go then.
create table erasures (
  id uuid primary key,
  mode text not null check (mode in ('erase', 'anonymise')),
  subjects bigint[],
  -- Identifiers as keyed hashes, so that a restored backup can be searched for the person.
  hashes bytea[] not null,
  asked_by text not null,
  unreachable_at timestamptz not null,
  gone_at timestamptz,
  receipt jsonb not null
);
create index erasures_pending on erasures (unreachable_at) where gone_at is null;
create index erasures_recent on erasures (unreachable_at desc);

-- Requests of people about their data: at most one month, or three where a reason is given.
create table privacy_requests (
  id uuid primary key,
  kind text not null check (kind in ('access', 'portability', 'rectify', 'restrict', 'object', 'erase', 'anonymise')),
  -- Null once the person is erased.
  customer_id bigint,
  state text not null default 'open' check (state in ('open', 'working', 'done', 'refused')),
  origin text not null check (origin in ('operator', 'portal')),
  opened_at timestamptz not null,
  due_at timestamptz not null,
  extended_because text,
  closed_at timestamptz,
  -- Why it was refused, or what was done, for the record; sealed.
  note text,
  -- What the person wrote; sealed.
  words text,
  erasure_id uuid references erasures,
  check ((state in ('done', 'refused')) = (closed_at is not null))
);
create index privacy_requests_open on privacy_requests (due_at) where closed_at is null;
create index privacy_requests_customer on privacy_requests (customer_id) where customer_id is not null;

-- Files with everything about a person, made for a request; they expire, and go with the person.
create table privacy_exports (
  id uuid primary key,
  request_id uuid references privacy_requests on delete cascade,
  customer_id bigint not null,
  job_id uuid,
  state text not null check (state in ('queued', 'ready', 'failed')),
  bytes bigint,
  language text not null check (language in ('en', 'de')),
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index privacy_exports_customer on privacy_exports (customer_id);

-- Whose data is kept and not used.
create table restrictions (
  customer_id bigint primary key,
  since timestamptz not null,
  by_name text not null
);

-- Insight runs that count somebody who was erased since: how many, until the next run works it out anew.
create table insight_erased (
  run_id bigint primary key,
  people integer not null
);
