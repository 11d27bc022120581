-- What can be offered and who is in which arm. Dated tables have one partition a run; `offer_runs` in
-- Postgres says which run is current.
create table if not exists order_lines_dated (
  run_id UInt32,
  customer_id UInt64,
  event_id UUID,
  happened_at DateTime64(3, 'UTC'),
  product_id String,
  name String,
  quantity Float64,
  unit_minor Nullable(Int64),
  currency LowCardinality(String)
) engine = MergeTree partition by run_id order by (product_id, customer_id);

create table if not exists products_dated (
  run_id UInt32,
  product_id String,
  -- A dense number within the run, so that pairs are counted as integers.
  product_no UInt32,
  name String,
  price_minor Nullable(Int64),
  currency LowCardinality(String),
  quantity Float64,
  orders UInt64,
  customers UInt64,
  repeat_customers UInt64,
  recent_customers UInt64,
  first_bought_at DateTime64(3, 'UTC'),
  last_bought_at DateTime64(3, 'UTC'),
  -- Bought again by enough of its customers to be offered to them a second time.
  repeatable UInt8,
  -- Bought lately and not free: it can be offered.
  offered UInt8
) engine = MergeTree partition by run_id order by product_id;

create table if not exists bought_products_dated (
  run_id UInt32,
  customer_id UInt64,
  product_id String,
  orders UInt32,
  quantity Float64,
  first_at DateTime64(3, 'UTC'),
  last_at DateTime64(3, 'UTC'),
  times Array(DateTime64(3, 'UTC'))
) engine = MergeTree partition by run_id order by (customer_id, product_id);

create table if not exists bought_together_dated (
  run_id UInt32,
  product_id String,
  other_id String,
  customers UInt32,
  share Float64,
  lift Float64,
  strength Float64
) engine = MergeTree partition by run_id order by (product_id, other_id);

create table if not exists next_products_dated (
  run_id UInt32,
  customer_id UInt64,
  rank UInt8,
  product_id String,
  score Float64,
  reason LowCardinality(String),
  because_id String,
  customers UInt32
) engine = MergeTree partition by run_id order by (customer_id, rank);

-- The arms of `holdout_arms` in Postgres, for questions about many: the newest version wins.
create table if not exists holdout_arms_stored (
  customer_id UInt64,
  arm LowCardinality(String),
  decided_at DateTime64(3, 'UTC'),
  mixed UInt8,
  merged UInt8,
  version UInt64
) engine = ReplacingMergeTree(version) order by customer_id
settings non_replicated_deduplication_window = 10000;

create view if not exists holdout_arms as
select customer_id, arm, decided_at, mixed
from holdout_arms_stored final
where merged = 0;
