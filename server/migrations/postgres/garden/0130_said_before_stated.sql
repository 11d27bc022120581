-- What a person said stands above what the brand states for a source or an import, whatever the times: the current answer
-- says which of the two it is.
alter table consent_current add column stated boolean not null default false;
update consent_current c set stated = true
  where import_id is not null
    or (exists (select 1 from consent_answers a
        where a.customer_id = c.customer_id and a.purpose = c.purpose and a.at = c.at and a.granted = c.granted and a.origin in ('source', 'import'))
      and not exists (select 1 from consent_answers a
        where a.customer_id = c.customer_id and a.purpose = c.purpose and a.at = c.at and a.granted = c.granted and a.origin not in ('source', 'import')));
-- No clock of a sender puts an answer beyond the reach of the next one.
update consent_current set at = now() where at > now();
