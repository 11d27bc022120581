-- What a simulator knows of the garden that it grew, to be held beside what the product concludes.
create table sample_runs (
  id int primary key default 1 check (id = 1),
  seed text not null,
  customers integer not null,
  weeks integer not null,
  first_day date not null,
  last_day date not null,
  -- Parameters that the customers' lives were drawn from.
  parameters jsonb not null,
  -- Counts and sums over all of them; null until the run is complete.
  summary jsonb,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);

-- One row a simulated person. Days are counted from the first day; money in minor units.
create table sample_truth (
  user_id text primary key,
  persona text not null,
  -- Purchases a week while active; chance of leaving after each purchase; mean spend of a purchase.
  purchase_rate double precision,
  leaving double precision,
  mean_spend_minor double precision,
  first_day integer,
  -- Null where they are still active on the last day.
  left_day integer,
  consent text not null,
  contact boolean not null,
  purchases integer not null,
  extra_purchases integer not null,
  extra_spend_minor bigint not null,
  offers_asked integer not null,
  offers_shown integer not null,
  offers_accepted integer not null,
  -- What they do in the year after the last day.
  later_purchases integer not null,
  later_spend_minor bigint not null
);
