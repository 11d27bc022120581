-- Insight is dated: each run keeps what it found, and one row says which run is shown.
create table insight_runs (
  id bigint generated always as identity primary key,
  -- The job that works on it; the same job taken up again goes on with its run.
  job_id text not null unique,
  state text not null check (state in ('running', 'done', 'failed')),
  -- Last day that is observed, in the garden's zone; null while there is no order and no event.
  data_until date,
  -- Step → { state, startedAt, finishedAt, result }, so that a run taken up again repeats no finished step.
  steps jsonb not null default '{}',
  error text,
  started_by text not null,
  started_at timestamptz not null,
  finished_at timestamptz
);
create index insight_runs_recent on insight_runs (started_at desc);

-- What is shown now: one row an insight, switched when a run has written it completely.
create table insight_current (
  insight text primary key,
  run_id bigint not null references insight_runs,
  since timestamptz not null
);

-- What a run says about itself as a whole: the model card, the charts, the counts.
create table insight_reports (
  run_id bigint not null references insight_runs on delete cascade,
  insight text not null,
  report jsonb not null,
  primary key (run_id, insight)
);
