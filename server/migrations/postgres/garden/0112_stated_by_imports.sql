-- What the brand stated with an import stands apart from what people answered: a later import may replace it, and it goes
-- with its import. 0 is an import of before, whose number was not kept.
alter table consent_answers add column import_id bigint;
alter table consent_current add column import_id bigint;
update consent_answers set import_id = 0 where origin = 'import';
update consent_current c set import_id = 0
  where exists (select 1 from consent_answers a
      where a.customer_id = c.customer_id and a.purpose = c.purpose and a.at = c.at and a.granted = c.granted and a.origin = 'import')
    and not exists (select 1 from consent_answers a
      where a.customer_id = c.customer_id and a.purpose = c.purpose and a.at = c.at and a.granted = c.granted and a.origin <> 'import');
create index consent_answers_import on consent_answers (import_id, customer_id) where import_id is not null;
