-- A batch says nearly the same of each of its events: packed it is a tenth, in the log and in the table.
alter table inbox add column unpacked integer;
comment on column inbox.unpacked is 'Bytes of the body before gzip; null where it is kept as it came.';
