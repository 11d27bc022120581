-- One row an event, ordered by customer and time: a journey is a range scan. No partitions by month
-- (they cost a timeline 3.3 times). Written only by data/events; everyone reads the view `events`.
create table if not exists events_stored (
  event_id UUID,
  -- Whom it was written for; never changed.
  subject_id UInt64,
  -- The customer when it was written: the sort key. Links lead on from subject_id.
  customer_id UInt64,
  visitor_id UInt64 default 0,
  account_id UInt64 default 0,
  happened_at DateTime64(3, 'UTC'),
  received_at DateTime64(3, 'UTC'),
  source_id UInt32,
  import_id UInt32 default 0,
  name LowCardinality(String),
  channel LowCardinality(String) default '',
  medium LowCardinality(String) default '',
  campaign LowCardinality(String) default '',
  session_id UInt64 default 0,
  record_key String default '',
  record_version UInt64 default 0,
  amount_minor Nullable(Int64),
  currency LowCardinality(String) default '',
  amount_garden_minor Nullable(Int64),
  synthetic UInt8 default 0,
  properties JSON(max_dynamic_paths = 256),
  -- The live view asks for the newest; parts follow the time of arrival.
  index received_at_range received_at type minmax granularity 4
) engine = MergeTree order by (customer_id, happened_at)
settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1, index_granularity = 8192;

-- Who was joined into whom, in the order of the events. The dictionary over it answers in constant time.
create table if not exists customer_links (
  subject_id UInt64,
  customer_id UInt64,
  version UInt64
) engine = ReplacingMergeTree(version) order by subject_id
settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

create dictionary if not exists links (
  subject_id UInt64,
  customer_id UInt64
) primary key subject_id
source(clickhouse(db '{{database}}' query 'select subject_id, argMax(customer_id, version) as customer_id from {{database}}.customer_links group by subject_id having customer_id <> subject_id'))
layout(flat(max_array_size 2000000000)) lifetime(0);

-- An import becomes visible, or is undone, by one row here; a newer record version hides the older one.
create table if not exists imports_shown (
  import_id UInt32,
  shown UInt8,
  version UInt64
) engine = ReplacingMergeTree(version) order by import_id;

create table if not exists superseded (
  event_id UUID,
  import_id UInt32
) engine = MergeTree order by event_id
settings non_replicated_deduplication_window = 10000;

create view if not exists events as
select
  event_id,
  subject_id,
  dictGetOrDefault('{{database}}.links', 'customer_id', subject_id, customer_id) as customer_id,
  events_stored.customer_id as written_customer_id,
  visitor_id, account_id, happened_at, received_at, source_id, import_id, name, channel, medium, campaign,
  session_id, record_key, record_version, amount_minor, currency, amount_garden_minor, synthetic, properties
from events_stored
where (import_id = 0 or import_id in (select import_id from imports_shown group by import_id having argMax(shown, version) = 1))
  and event_id not in (
    select event_id from superseded
    where import_id in (select import_id from imports_shown group by import_id having argMax(shown, version) = 1)
  );

-- One row a customer for questions about many: the newest version wins. No direct personal data.
create table if not exists customers_stored (
  customer_id UInt64,
  version UInt64,
  known UInt8,
  -- 1 when the customer was joined into another and no longer counts.
  merged UInt8 default 0,
  created_at DateTime64(3, 'UTC'),
  -- Kinds of processing that are allowed now.
  profile UInt8,
  contact Array(LowCardinality(String)),
  synthetic UInt8 default 0
) engine = ReplacingMergeTree(version) order by customer_id
settings non_replicated_deduplication_window = 10000;

create view if not exists customers as
select customer_id, known, created_at, profile, contact, synthetic
from customers_stored final
where merged = 0;
