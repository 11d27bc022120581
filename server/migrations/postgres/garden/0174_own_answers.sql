-- What a part of a merged customer answered runs out as any other answer does.
alter table own_answers add column wording_version integer;
alter table own_answers add column expired boolean not null default false;
