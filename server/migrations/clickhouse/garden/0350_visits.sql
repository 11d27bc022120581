-- What a visit was made with, whether it is a person's of the brand's public, and how far the sender's clock was off.
alter table events_stored add column if not exists device LowCardinality(String) default '' after session_id;
alter table events_stored add column if not exists os LowCardinality(String) default '' after device;
alter table events_stored add column if not exists browser LowCardinality(String) default '' after os;
-- '' for what counts; bot, internal or datacentre for what is kept and left out of every question.
alter table events_stored add column if not exists traffic LowCardinality(String) default '' after browser;
-- How far happened_at was moved from what the sender said.
alter table events_stored add column if not exists clock_moved_ms Int64 default 0 after traffic;

create or replace view events as
select
  event_id,
  subject_id,
  dictGetOrDefault('{{database}}.links', 'customer_id', subject_id, customer_id) as customer_id,
  events_stored.customer_id as written_customer_id,
  visitor_id, account_id, happened_at, received_at, source_id, import_id, name, channel, medium, campaign,
  session_id, device, os, browser, clock_moved_ms,
  record_key, record_version, amount_minor, currency, amount_garden_minor, synthetic, properties,
  properties.order_id::String as order_id,
  properties.decision_id::String as decision_id,
  properties.offer::String as offer,
  properties.arm::String as arm,
  -- The product of an event that speaks of one, as a look at it.
  coalesce(nullIf(properties.product_id::String, ''), properties.sku::String) as looked_at,
  -- The lines of an order; a line is an object, and what it lacks is '' or null.
  arrayMap(
    (product_id, sku, name, quantity, price, amount_minor) ->
      (ifNull(product_id, ''), ifNull(sku, ''), ifNull(name, ''), toFloat64OrNull(quantity), toFloat64OrNull(price), toInt64OrNull(amount_minor)),
    properties.products[].product_id::Array(Nullable(String)),
    properties.products[].sku::Array(Nullable(String)),
    properties.products[].name::Array(Nullable(String)),
    properties.products[].quantity::Array(Nullable(String)),
    properties.products[].price::Array(Nullable(String)),
    properties.products[].amount_minor::Array(Nullable(String))
  )::Array(Tuple(product_id String, sku String, name String, quantity Nullable(Float64), price Nullable(Float64), amount_minor Nullable(Int64))) as order_lines
from events_stored
where traffic = ''
  and (import_id = 0 or import_id in (select import_id from imports_shown group by import_id having argMax(shown, version) = 1))
  and event_id not in (
    select event_id from superseded
    where import_id = 0
      or import_id in (select import_id from imports_shown group by import_id having argMax(shown, version) = 1)
  );
