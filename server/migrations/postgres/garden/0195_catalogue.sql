-- What events there are: the pipeline counts them a batch at a time, operators say what they mean. Names and properties are
-- keys, never values.
create table event_names (
  name text primary key,
  first_at timestamptz not null,
  last_at timestamptz not null,
  events bigint not null,
  -- Of so many the properties were looked at; shares are shares of these.
  looked_at bigint not null,
  -- The brand itself has sent it; names that only public keys sent have less room.
  trusted boolean not null,
  owner text not null default '',
  description text not null default ''
);

-- By the day on which they came in; '' stands for all names that found no room.
create table event_days (
  name text not null,
  day date not null,
  source_id bigint not null,
  events bigint not null,
  primary key (name, day, source_id)
);

create table event_properties (
  name text not null,
  -- As in `products[].price`.
  path text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  events bigint not null,
  texts bigint not null,
  numbers bigint not null,
  booleans bigint not null,
  lists bigint not null,
  objects bigint not null,
  nulls bigint not null,
  -- By its name, or because it held an e-mail address.
  guessed_personal boolean not null,
  -- What an operator says; null where nobody did.
  personal boolean,
  description text not null default '',
  primary key (name, path)
);
create index event_properties_marked on event_properties (name) where personal is not null;
