-- Operators merge customers who are one person, and take it back. Nothing of either is overwritten: each part keeps what is
-- its own, and what the merged customer shows is folded from its parts.

-- To which customer an id leads by events alone; `customer_id` is where merges by operators lead on from there.
alter table customer_links add column part_id bigint;
update customer_links set part_id = customer_id;
alter table customer_links alter column part_id set not null;
create index customer_links_part on customer_links (part_id);

-- What operators merged and took back, in order; nothing is changed or removed.
create table merges (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('merge', 'unmerge')),
  survivor_id bigint not null,
  joined_id bigint not null,
  -- The merge that is taken back.
  undoes bigint unique references merges,
  proposal_id bigint,
  at timestamptz not null,
  by_name text not null,
  check ((kind = 'unmerge') = (undoes is not null))
);
create index merges_survivor on merges (survivor_id);
create index merges_joined on merges (joined_id);

-- Who makes up each merged customer now, the survivor among them. A customer who was never merged has no row.
create table customer_parts (
  customer_id bigint primary key,
  survivor_id bigint not null,
  -- Into whom it was merged, and by which entry of the log; null for the survivor.
  into_id bigint,
  merge_id bigint unique,
  merged_at timestamptz,
  check ((into_id is null) = (customer_id = survivor_id))
);
create index customer_parts_survivor on customer_parts (survivor_id);

-- What is a part's own: as it was before the merge, and what came for it since.
create table own_profiles (
  customer_id bigint primary key,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  traits jsonb not null,
  trait_times jsonb not null,
  email text,
  display_name text
);
create table own_answers (
  customer_id bigint not null,
  purpose text not null references purposes,
  granted boolean not null,
  basis text not null,
  at timestamptz not null,
  import_id bigint,
  stated boolean not null,
  primary key (customer_id, purpose)
);
create table own_arms (
  customer_id bigint primary key,
  -- Null where it had none.
  arm text check (arm in ('treated', 'holdout')),
  decided_at timestamptz,
  mixed_at timestamptz
);

-- For which part a record was told, and which records an operator's merge has hidden.
alter table live_records add column part_id bigint;
update live_records set part_id = customer_id;
alter table live_records alter column part_id set not null;
create table merged_records (
  merge_id bigint not null,
  part_id bigint not null,
  record_key text not null,
  event_id uuid not null,
  trusted boolean not null,
  received_at timestamptz not null,
  primary key (merge_id, event_id)
);
