-- The sessions of each visitor: the last few, and how many there were, from which a session has its id.
create table visitor_sessions (
  visitor_id bigint primary key,
  sessions integer not null,
  -- [number, first ms, last ms, campaign], the one touched last at the end.
  recent jsonb not null
);

-- Which traffic is not the brand's public, and what becomes of it.
create table traffic_rules (
  id boolean primary key default true check (id),
  bots text not null default 'drop' check (bots in ('drop', 'set_aside')),
  internal text not null default 'set_aside' check (internal in ('drop', 'set_aside')),
  datacentres text not null default 'set_aside' check (datacentres in ('drop', 'set_aside')),
  internal_networks text[] not null default '{}',
  internal_agents text[] not null default '{}',
  internal_domains text[] not null default '{}',
  -- Traits by which somebody is one of the brand: {"role": "staff"}.
  internal_traits jsonb not null default '{}',
  datacentre_networks text[] not null default '{}'
);
insert into traffic_rules default values;

-- Customers and visitors who said who they are: what they do later is the brand's own, too.
create table internal_people (
  customer_id bigint primary key,
  since timestamptz not null
);
