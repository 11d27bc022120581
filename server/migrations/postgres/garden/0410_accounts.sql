-- Accounts of brands that sell to companies: who belongs to which, with which role, and which account belongs to which.
create sequence account_ids;
create table accounts (
  id bigint primary key default nextval('account_ids'),
  -- As the brand's systems call it: `groupId` of the calls.
  external_id text not null unique,
  -- Whether the brand itself told of it, or an operator did. What only a browser said is unproven, and has no times in `trait_times`.
  vouched boolean not null,
  traits jsonb not null default '{}',
  trait_times jsonb not null default '{}',
  name text generated always as (left(nullif(traits ->> 'name', ''), 200)) stored,
  parent_id bigint references accounts check (parent_id <> id),
  created_at timestamptz not null
);
create index accounts_name on accounts (lower(name) text_pattern_ops);
create index accounts_external_id on accounts (lower(external_id) text_pattern_ops);
create index accounts_parent on accounts (parent_id) where parent_id is not null;

-- A member is written for the id that spoke, as events are; `memberships` says who that is now. So merges and un-merges
-- move nothing here.
create table account_members (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts,
  customer_id bigint not null,
  role text,
  role_at timestamptz,
  since timestamptz not null,
  until timestamptz,
  vouched boolean not null,
  -- An operator took them out: calls do not bring them back.
  removed boolean not null default false,
  check (until > since),
  check (not removed or until is not null)
);
create unique index account_members_open on account_members (account_id, customer_id) where until is null;
create index account_members_customer on account_members (customer_id);

-- Whose memberships count: what a browser said of itself ends where it is joined into somebody who was known before.
create view memberships as
  select m.id, m.account_id, coalesce(l.customer_id, m.customer_id) as customer_id, m.customer_id as written_customer_id,
    m.role, m.role_at, m.since, m.until, m.vouched, m.removed
  from account_members m left join customer_links l on l.subject_id = m.customer_id
  where m.vouched or l.subject_id is null;
