-- Everybody knows a public key: of what is not accepted each hour and source keeps so many, and counts all.
create table rejection_counts (
  hour timestamptz not null,
  source_id bigint not null,
  events bigint not null,
  -- Of these, how many were offered to `rejected_events`, which takes only so many.
  offered bigint not null,
  primary key (hour, source_id)
);
