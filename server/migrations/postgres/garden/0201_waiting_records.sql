-- Of a record that was told for several parts of a merged customer each part keeps its own event: the best of them stands, the
-- others wait behind it, each hidden under a number of its own. So whatever merge is taken back, nobody's order is missing.
-- Numbers of imports end far below, those of merges, under which records were hidden before, too.
create sequence hiding_numbers start 3000000000 maxvalue 4294967295;
alter table merged_records add column number bigint;
update merged_records set number = nextval('hiding_numbers');

insert into outbox (target, lines)
select target, convert_to(string_agg(line, E'\n' order by line), 'UTF8') from (
  select 1 as step, 'superseded' as target, json_build_object('event_id', event_id, 'import_id', number)::text as line from merged_records
  union all
  select 2, 'imports_shown', json_build_object('import_id', number, 'shown', 1, 'version', nextval('row_versions'))::text from merged_records
  union all
  select 3, 'imports_shown', json_build_object('import_id', 2147483648 + merge_id, 'shown', 0, 'version', nextval('row_versions'))::text
  from (select distinct merge_id from merged_records) as m
) as rows group by step, target order by step;

-- A part that has two by older merges keeps the one that stands above the other.
delete from merged_records m using merged_records other
where m.part_id = other.part_id and m.record_key = other.record_key and m.event_id <> other.event_id
  and (other.trusted, m.received_at, m.number) > (m.trusted, other.received_at, other.number);
delete from merged_records m using merged_records other
where m.part_id = other.part_id and m.record_key = other.record_key and m.number > other.number;

alter table merged_records drop constraint merged_records_pkey;
alter table merged_records drop column merge_id;
alter table merged_records alter column number set not null;
alter table merged_records add primary key (part_id, record_key);

-- What is told of merges is told of several at once.
update facts set payload = jsonb_build_object('merges', jsonb_build_array(payload))
where name in ('identity.merged', 'identity.unmerged');
