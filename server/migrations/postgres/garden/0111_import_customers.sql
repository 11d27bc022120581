-- Whom each import names: an import that fails or is taken back leaves nobody whom nothing else knows.
create table import_customers (
  customer_id bigint not null,
  import_id bigint not null,
  -- Whether this import made the customer.
  made boolean not null,
  primary key (customer_id, import_id)
);
create index import_customers_import on import_customers (import_id, customer_id);
