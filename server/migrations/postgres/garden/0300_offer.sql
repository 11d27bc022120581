-- What can be offered, to whom, and what came of it.

-- Dated results of the catalogue and the recommendations; the one row `current` is what everyone reads.
create table offer_runs (
  id bigint generated always as identity primary key,
  state text not null check (state in ('running', 'current', 'old', 'failed')),
  started_at timestamptz not null,
  finished_at timestamptz,
  summary jsonb not null default '{}'
);
create unique index offer_runs_current on offer_runs (state) where state = 'current';

-- The next best products of each buyer, best first, for the answer to one customer. Replaced by each run.
create table next_products (
  customer_id bigint primary key,
  run_id bigint not null,
  products jsonb not null
);

-- In which arm a customer is: drawn by hash, saved at the first decision, and never drawn again.
create table holdout_arms (
  customer_id bigint primary key,
  arm text not null check (arm in ('treated', 'holdout')),
  decided_at timestamptz not null,
  -- A customer of the other arm was joined into this one: left out of the comparison from then on.
  mixed_at timestamptz,
  -- This customer was itself joined into another, whose row counts.
  merged_into bigint
);
create index holdout_arms_mixed on holdout_arms (mixed_at) where mixed_at is not null;

-- Every decision, so that a display or a click can be confirmed by its id alone.
create table decisions (
  id uuid primary key,
  customer_id bigint not null,
  arm text not null check (arm in ('treated', 'holdout')),
  product_id text not null,
  reason text not null,
  decided_at timestamptz not null,
  shown_at timestamptz,
  accepted_at timestamptz,
  accepted_by text check (accepted_by in ('click', 'purchase'))
);
create index decisions_customer on decisions (customer_id);
