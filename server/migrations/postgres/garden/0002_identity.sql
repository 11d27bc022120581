-- Who a customer is. Ids come from one sequence; a visitor gets one at its first kept event.
create sequence customer_ids;

create table customers (
  id bigint primary key,
  -- A customer with an id of the brand, an e-mail or an imported id; otherwise a visitor.
  known boolean not null default false,
  created_at timestamptz not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- Newest value per trait; `trait_times` says when each was said, so late events do not overwrite.
  traits jsonb not null default '{}',
  trait_times jsonb not null default '{}',
  email text,
  display_name text
);
create index customers_email on customers (email) where email is not null;
create index customers_name on customers (lower(display_name) text_pattern_ops) where display_name is not null;
create index customers_recent on customers (last_seen_at desc);

create table identifiers (
  kind text not null,
  value text not null,
  -- Whom it was given to first; links lead on from there.
  customer_id bigint not null,
  source_id bigint,
  first_seen_at timestamptz not null,
  primary key (kind, value)
);
create index identifiers_customer on identifiers (customer_id);

-- Where a customer was joined into another. Chains are kept short: customer_id is always a survivor.
create table customer_links (
  subject_id bigint primary key,
  customer_id bigint not null check (customer_id <> subject_id),
  reason text not null,
  version bigint not null,
  linked_at timestamptz not null
);
create index customer_links_customer on customer_links (customer_id);

-- Two known customers that may be one person: never joined by events, only proposed.
create table merge_proposals (
  id bigint generated always as identity primary key,
  customer_a bigint not null,
  customer_b bigint not null,
  reason text not null,
  evidence jsonb not null,
  state text not null default 'open' check (state in ('open', 'merged', 'refused')),
  seen integer not null default 1,
  created_at timestamptz not null,
  decided_at timestamptz,
  check (customer_a < customer_b),
  unique (customer_a, customer_b)
);
