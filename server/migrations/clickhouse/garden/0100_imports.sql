-- Every record that was ever imported, by its natural key: what it held, and which event it became. An
-- import that is not shown counts for nothing here, as with its events. Erased events leave their key, so
-- that a file imported again does not bring back what was erased.
create table if not exists import_records (
  record_key String,
  import_id UInt32,
  record_version UInt64,
  event_id UUID,
  content UInt128,
  -- 1 where a newer export calls the order no purchase.
  withdrawn UInt8 default 0
) engine = MergeTree order by (record_key, record_version)
settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1;
