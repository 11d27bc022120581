-- The way of an event from the answer 200 to the event store.
create table inbox (
  id bigint generated always as identity primary key,
  source_id bigint not null,
  -- Which lane takes it: requests that share their first identifier stay in order.
  lane smallint not null default 0,
  received_at timestamptz not null,
  -- What the request itself proved: a secret token, a signed user id, a date of the simulator.
  trust jsonb not null default '{}',
  events integer not null,
  body bytea not null
);
alter table inbox alter column body set storage external;
create index inbox_lane on inbox (lane, id);

create table message_ids (
  source_id bigint not null,
  message_id text not null,
  seen_at timestamptz not null,
  primary key (source_id, message_id)
);
create index message_ids_seen on message_ids using brin (seen_at);

-- Finished batches on their way to the event store, in order; resent byte for byte after a crash.
create table outbox (
  id bigint generated always as identity primary key,
  target text not null,
  lines bytea not null,
  created_at timestamptz not null default now()
);
alter table outbox alter column lines set storage external;

-- What was dropped, counted by reason; the hour's details are below, without a personal field.
create table drop_counts (
  day date not null,
  source_id bigint not null,
  reason text not null,
  events bigint not null,
  primary key (day, source_id, reason)
);
create table recent_drops (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  source_id bigint not null,
  type text not null,
  name text not null,
  reason text not null
);
create index recent_drops_at on recent_drops (at);

-- Events that could not be accepted, with what to do about it and without their body.
create table rejected_events (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  source_id bigint,
  message_id text,
  code text not null,
  message text not null
);
create index rejected_events_at on rejected_events (at desc);
