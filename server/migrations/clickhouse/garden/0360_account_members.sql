-- Who belonged to which account when, for questions about many. The newest version of a membership wins.
create table if not exists account_members_stored (
  membership_id UInt64,
  account_id UInt64,
  -- The id that it was written for; the view follows links, as `events` does.
  customer_id UInt64,
  since DateTime64(3, 'UTC'),
  until Nullable(DateTime64(3, 'UTC')),
  vouched UInt8,
  version UInt64
) engine = ReplacingMergeTree(version) order by membership_id
settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

create view if not exists account_members as
select
  membership_id, account_id,
  dictGetOrDefault('{{database}}.links', 'customer_id', m.customer_id, m.customer_id) as customer_id,
  since, until
from account_members_stored as m final
-- What only a browser said of itself adds nothing to an account.
where vouched = 1;
