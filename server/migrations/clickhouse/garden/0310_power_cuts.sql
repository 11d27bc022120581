-- What the outbox forgets once it is inserted must outlive a power cut, not only a killed process: the
-- rows' files and the folder that names them reach the disk before an insert returns.
alter table events_stored modify setting fsync_after_insert = 1, fsync_part_directory = 1;
alter table customer_links modify setting fsync_after_insert = 1, fsync_part_directory = 1;
alter table customers_stored modify setting fsync_after_insert = 1, fsync_part_directory = 1;
alter table imports_shown modify setting fsync_after_insert = 1, fsync_part_directory = 1;
alter table superseded modify setting fsync_after_insert = 1, fsync_part_directory = 1;
alter table import_records modify setting fsync_after_insert = 1, fsync_part_directory = 1;
