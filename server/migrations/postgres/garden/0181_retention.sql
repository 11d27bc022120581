-- How long data is kept where nothing happens any more, and what the nightly work made of it. No rule, nothing erased.
create table retention_rules (
  -- inactive_visitors, inactive_customers, or no:<purpose>, counted from the day of the no.
  rule text primary key check (rule in ('inactive_visitors', 'inactive_customers') or rule ~ '^no:.+$'),
  months integer not null check (months between 1 and 240),
  mode text not null check (mode in ('erase', 'anonymise'))
);
create table retention_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  rule text not null,
  mode text not null,
  people integer not null,
  -- Who were left for the next night.
  waiting integer not null
);
create index retention_log_at on retention_log (at desc);
