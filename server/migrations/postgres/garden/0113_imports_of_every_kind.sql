-- Imports bring more than orders: each kind of which a line is a record by itself.
alter table imports drop constraint imports_kind_check;
alter table imports add constraint imports_kind_check
  check (kind in ('orders', 'customers', 'events', 'costs', 'reviews', 'answers', 'tickets', 'consents'));
-- How far an import has come with what it writes into this store, so that a part that was written is not written twice.
alter table imports add column saved_through text not null default '';

-- What an import set of a customer's traits, and what stood there before: it goes when its import does.
create table import_traits (
  customer_id bigint not null,
  key text not null,
  import_id bigint not null,
  -- Null where the import removed the trait, or where there was none before.
  value jsonb,
  said_at text not null,
  before jsonb,
  before_at text,
  primary key (customer_id, key, import_id)
);
create index import_traits_import on import_traits (import_id, customer_id);

-- Identifiers that an import gave to customers beside the one by which it knows them.
create table import_identifiers (
  kind text not null,
  value text not null,
  import_id bigint not null,
  customer_id bigint not null,
  primary key (kind, value, import_id)
);
create index import_identifiers_import on import_identifiers (import_id, customer_id);
