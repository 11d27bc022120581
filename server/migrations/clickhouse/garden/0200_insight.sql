-- Results of insight runs, one partition a run: a half-written run is thrown away by dropping its
-- partition, and readers name the run that Postgres says is current.

-- Purchase days of each customer who may be profiled. An order counts on its day in the garden's zone.
create table if not exists value_histories (
  run_id UInt32,
  customer_id UInt64,
  -- Distinct days with a purchase that was not wholly given back, ascending.
  days Array(Date),
  orders UInt32,
  -- Everything bought so far, net of refunds.
  value_minor Int64,
  -- Mean value of the purchase days after the first; 0 without any.
  repeat_mean_minor Float64,
  -- The same three as they stood on the last day of the calibration period.
  calibration_days UInt32,
  calibration_last Date,
  calibration_mean_minor Float64
) engine = MergeTree partition by run_id order by customer_id
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1;

-- The score of each customer, from the run's model. Null where too few customers buy again for a model.
create table if not exists value_by_customer (
  run_id UInt32,
  customer_id UInt64,
  purchase_days UInt32,
  orders UInt32,
  first_day Date,
  last_day Date,
  value_minor Int64,
  p_alive Nullable(Float64),
  -- In the 12 months after the last day observed.
  expected_purchases Nullable(Float64),
  expected_minor Nullable(Int64),
  low95_minor Nullable(Int64),
  high95_minor Nullable(Int64),
  low50_minor Nullable(Int64),
  high50_minor Nullable(Int64)
) engine = MergeTree partition by run_id order by customer_id
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1;

-- Each stay of a customer in a stage; the one without an end is where the customer stands.
create table if not exists lifecycle_stages (
  run_id UInt32,
  customer_id UInt64,
  stage LowCardinality(String),
  -- The stage before; empty for the first.
  previous LowCardinality(String),
  since Date,
  -- First day in the next stage.
  ended Nullable(Date)
) engine = MergeTree partition by run_id order by (customer_id, since)
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1;
