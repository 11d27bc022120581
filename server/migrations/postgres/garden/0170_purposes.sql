-- Purposes are the brand's: they are worded anew, expire, ask by mail for a confirmation, and retire.
alter table purposes
  add column lifetime_months integer check (lifetime_months between 1 and 600),
  add column lifetime_from text not null default 'grant' check (lifetime_from in ('grant', 'activity')),
  add column double_opt_in boolean not null default false,
  -- A newer version asks again those who agreed to older words; without it they are left in peace.
  add column asks_again_since integer not null default 1,
  add column retired_at timestamptz;
-- Whoever contacts by e-mail must know that the address belongs to who gave it.
update purposes set double_opt_in = true where 'contact:email' = any(kinds);

-- The words of every version that somebody may have agreed to. They are never changed.
create table purpose_wordings (
  purpose text not null references purposes,
  version integer not null,
  name jsonb not null,
  wording jsonb not null,
  kinds text[] not null,
  lifetime_months integer,
  lifetime_from text not null,
  created_by text not null default 'rondell',
  created_at timestamptz not null default now(),
  primary key (purpose, version)
);
insert into purpose_wordings (purpose, version, name, wording, kinds, lifetime_months, lifetime_from)
  select key, wording_version, name, wording, kinds, lifetime_months, lifetime_from from purposes;

-- Whichever statement gives a purpose new words: the version is kept.
create function keep_wording() returns trigger language plpgsql as $$
begin
  insert into purpose_wordings (purpose, version, name, wording, kinds, lifetime_months, lifetime_from)
    values (new.key, new.wording_version, new.name, new.wording, new.kinds, new.lifetime_months, new.lifetime_from)
    on conflict do nothing;
  return new;
end $$;
create trigger keep_wording after insert or update on purposes for each row execute function keep_wording();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only added to: nothing in it is changed or removed.', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger only_added before update or delete on purpose_wordings for each row execute function refuse_change();
create trigger only_added_whole before truncate on purpose_wordings for each statement execute function refuse_change();

-- The version of the words that the standing answer was given to: its lifetime counts.
alter table consent_current add column wording_version integer;
update consent_current c set wording_version = (
  select a.wording_version from consent_answers a
  where a.customer_id = c.customer_id and a.purpose = c.purpose and a.granted = c.granted and a.at = c.at order by a.id desc limit 1);
