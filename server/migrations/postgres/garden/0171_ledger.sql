-- The answers become a ledger: each entry is hashed, and follows on the one before it of the same customer and purpose.
alter table consent_answers
  -- What the entry notes: an answer; that a confirmation was asked for by mail; that a yes expired; that the statement of
  -- an import was taken back.
  add column act text not null default 'answer' check (act in ('answer', 'asked', 'expired', 'retracted')),
  -- Where it was given: an address without its query, a campaign; never personal data.
  add column place text,
  -- By whom: the customer, an operator, a token, an import.
  add column actor text,
  -- What shows it: a message id, an import and its line, a receipt of elsewhere.
  add column proof text,
  -- The chain: one for each customer and purpose, counted from 1.
  add column chain uuid,
  add column seq integer,
  add column salt bytea,
  add column hash bytea,
  -- Of an erased entry: what the hash was made of, where nothing of its content can be known any more.
  add column commitment bytea,
  add column erased_at timestamptz;
alter table consent_answers
  alter column customer_id drop not null,
  alter column purpose drop not null,
  alter column granted drop not null,
  alter column basis drop not null,
  alter column origin drop not null,
  alter column wording_version drop not null,
  alter column at drop not null,
  alter column recorded_at drop not null,
  drop constraint consent_answers_purpose_fkey;

-- Each field as its length and its text, so that no two contents read the same; the code does it in ledger-hash.ts.
create function pg_temp.field(value text) returns text language sql immutable as
  $$ select coalesce(octet_length(value) || ':' || value, '-') $$;
create function pg_temp.micros(at timestamptz) returns text language sql immutable as
  $$ select (extract(epoch from at) * 1000000)::bigint::text $$;

create temp table wording_hashes on commit drop as
  select purpose, version, encode(sha256(convert_to(
    pg_temp.field(name ->> 'en') || pg_temp.field(name ->> 'de') || pg_temp.field(wording ->> 'en') || pg_temp.field(wording ->> 'de')
    || pg_temp.field(array_to_string(kinds, ',')) || pg_temp.field(lifetime_months::text) || pg_temp.field(lifetime_from), 'UTF8')), 'hex') as hash
  from purpose_wordings;

create temp table chains on commit drop as
  select customer_id, purpose, gen_random_uuid() as chain from consent_answers group by customer_id, purpose;
create temp table chained on commit drop as
  select a.id, row_number() over (partition by a.customer_id, a.purpose order by a.id)::integer as seq, k.chain,
    uuid_send(gen_random_uuid()) as salt, null::bytea as commitment, null::bytea as hash, w.hash as wording_hash
  from consent_answers a join chains k on k.customer_id = a.customer_id and k.purpose = a.purpose
  left join wording_hashes w on w.purpose = a.purpose and w.version = a.wording_version;
update chained c set commitment = sha256(c.salt || convert_to(
    pg_temp.field('1') || pg_temp.field(a.customer_id::text) || pg_temp.field(a.purpose) || pg_temp.field(a.act)
    || pg_temp.field(case when a.granted then 'yes' else 'no' end) || pg_temp.field(a.basis) || pg_temp.field(a.origin)
    || pg_temp.field(a.source_id::text) || pg_temp.field(a.place) || pg_temp.field(a.actor) || pg_temp.field(a.proof)
    || pg_temp.field(a.wording_version::text) || pg_temp.field(c.wording_hash) || pg_temp.field(a.import_id::text)
    || pg_temp.field(pg_temp.micros(a.at)) || pg_temp.field(pg_temp.micros(a.recorded_at)), 'UTF8'))
  from consent_answers a where a.id = c.id;
create index on chained (seq, chain);
do $$
declare
  level integer := 1;
  touched integer;
begin
  loop
    update chained c set hash = sha256(coalesce(p.hash, decode(repeat('00', 32), 'hex')) || c.commitment || convert_to(c.seq::text, 'UTF8'))
      from chained o left join chained p on p.chain = o.chain and p.seq = o.seq - 1
      where o.seq = level and c.id = o.id;
    get diagnostics touched = row_count;
    exit when touched = 0;
    level := level + 1;
  end loop;
end $$;
update consent_answers a set seq = c.seq, chain = c.chain, salt = c.salt, hash = c.hash from chained c where c.id = a.id;

alter table consent_answers
  alter column chain set not null,
  alter column seq set not null,
  alter column hash set not null,
  add constraint consent_answers_whole check (
    case when erased_at is null then customer_id is not null and purpose is not null and basis is not null and origin is not null
        and at is not null and recorded_at is not null and salt is not null and commitment is null
        and (granted is not null or act in ('asked', 'retracted'))
      else commitment is not null and salt is null and customer_id is null and purpose is null and granted is null and basis is null
        and origin is null and source_id is null and place is null and actor is null and proof is null and wording_version is null
        and import_id is null and at is null and recorded_at is null
    end);
drop index consent_answers_customer;
-- A chain never forks: two entries cannot both be the next one.
create unique index consent_answers_chain on consent_answers (customer_id, purpose, seq);

-- Only erasing may touch an entry, and only so that its content goes and its place in the chain stays.
create function guard_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.erased_at is null and new.erased_at is not null and new.id = old.id and new.chain = old.chain
    and new.seq = old.seq and new.hash = old.hash and new.act = 'answer' then
    return new;
  end if;
  raise exception 'The ledger of consent is only added to: nothing in it is changed or removed.' using errcode = 'restrict_violation';
end $$;
create trigger guard_ledger before update or delete on consent_answers for each row execute function guard_ledger();
create trigger guard_ledger_whole before truncate on consent_answers for each statement execute function refuse_change();

-- A seal covers every entry up to one, whoever it is about, and follows on the seal before.
create table consent_seals (
  number integer primary key,
  from_id bigint not null,
  upto_id bigint not null,
  entries integer not null,
  digest bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null
);
create trigger only_added before update or delete on consent_seals for each row execute function refuse_change();
create trigger only_added_whole before truncate on consent_seals for each statement execute function refuse_change();

-- What the checks found.
create table consent_checks (
  id bigint generated always as identity primary key,
  checked_at timestamptz not null,
  entries bigint not null,
  erased bigint not null,
  chains bigint not null,
  seals integer not null,
  fault jsonb
);
