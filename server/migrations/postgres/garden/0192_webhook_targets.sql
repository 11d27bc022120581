-- Systems that hear of events: an address, and what waits for each. One that hangs holds up nobody but itself.
create table webhook_targets (
  id bigint generated always as identity primary key,
  name text not null,
  url text not null,
  -- Names of events that it hears of; none means all.
  events text[] not null default '{}',
  secret text not null,
  -- broken: it failed so often that nothing is sent until somebody looks at it.
  state text not null default 'on' check (state in ('on', 'off', 'broken')),
  -- Attempts that failed since the last that did not.
  failures integer not null default 0,
  last_error text,
  broken_at timestamptz,
  -- Until when a process works for it. One at a time: deliveries keep their order.
  busy_until timestamptz,
  -- Not before this is the next attempt.
  next_at timestamptz,
  -- Events that did not leave, because their customer did not agree to sharing, and those for which there was no room.
  withheld bigint not null default 0,
  missed bigint not null default 0,
  created_at timestamptz not null
);

create table webhook_deliveries (
  id bigint generated always as identity primary key,
  target_id bigint not null references webhook_targets on delete cascade,
  event_id uuid not null,
  customer_id bigint not null,
  name text not null,
  payload json not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed', 'withheld')),
  queued_at timestamptz not null,
  attempts integer not null default 0,
  tried_at timestamptz,
  -- The answer's status, or why there was none.
  status integer,
  error text,
  took_ms integer
);
create index webhook_deliveries_waiting on webhook_deliveries (target_id, id) where state = 'waiting';
create index webhook_deliveries_log on webhook_deliveries (target_id, id);
create index webhook_deliveries_age on webhook_deliveries using brin (queued_at);
