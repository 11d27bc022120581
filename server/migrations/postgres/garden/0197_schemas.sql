-- What an event has to hold, and what becomes of one that does not.
create table event_schemas (
  name text primary key,
  mode text not null check (mode in ('off', 'report', 'block')),
  -- null: the rules that are built in for this event.
  rules jsonb,
  changed_at timestamptz not null
);

-- What was not as it should be, counted, with the last example. No personal value.
create table event_violations (
  name text not null,
  path text not null,
  reason text not null,
  events bigint not null,
  last_at timestamptz not null,
  source_id bigint not null,
  message_id text not null,
  example text,
  primary key (name, path, reason)
);

alter table event_days add column violations bigint not null default 0;
