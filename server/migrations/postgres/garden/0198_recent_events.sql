-- The last hour as the debugger shows it: a sample of each batch, as it came and as it became. Unlogged: it may be lost with
-- a crash, and no backup's log carries it.
create unlogged table recent_events (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  source_id bigint not null,
  type text not null,
  name text not null,
  -- kept, or why it was let go.
  outcome text not null,
  -- 0 for nobody, and for what was let go.
  customer_id bigint not null,
  message_id text,
  -- As it came; of what was let go without any personal field, and without consent only names and types.
  raw jsonb,
  enriched jsonb,
  violations jsonb
);
create index recent_events_at on recent_events (at);
create index recent_events_customer on recent_events (customer_id) where customer_id <> 0;
