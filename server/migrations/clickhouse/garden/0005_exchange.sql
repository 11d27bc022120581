-- The garden's rates as the event store needs them to count amounts anew: `factor` turns minor units of
-- the currency into minor units of the garden's, from the day on and up to the day before `until`.
create table if not exists exchange_factors (
  currency String,
  day Date,
  until Date,
  factor Float64
) engine = MergeTree order by (currency, day);

create dictionary if not exists exchange (
  currency String,
  day Date,
  until Date,
  factor Float64
) primary key currency
source(clickhouse(db '{{database}}' table 'exchange_factors'))
layout(complex_key_range_hashed())
range(min day max until)
lifetime(0);
