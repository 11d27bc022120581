-- An import may be tried first: everything is judged and counted, and nothing is written.
alter table imports add column dry_run boolean not null default false;
alter table imports drop constraint imports_state_check;
alter table imports add constraint imports_state_check
  check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'undone', 'checked'));
