-- What media cost, by day, channel and campaign: events that name nobody, as questions about costs ask for them.
create view if not exists costs as
select
  toDate(properties.day::String) as day, channel, medium, campaign, amount_minor, currency, amount_garden_minor,
  toUInt64OrZero(ifNull(properties.impressions::Nullable(String), '')) as impressions,
  toUInt64OrZero(ifNull(properties.clicks::Nullable(String), '')) as clicks,
  event_id, import_id, source_id, happened_at, received_at, synthetic
from events
where written_customer_id = 0 and name = 'Cost Recorded';
