-- Most customers of an import are new: what it set of them, and that nothing stood there before, is one row for each of them
-- instead of one for each trait. Where a trait stood before, import_traits says which.
create table import_first_traits (
  customer_id bigint not null,
  import_id bigint not null,
  said_at text not null,
  traits jsonb not null,
  primary key (customer_id, import_id)
);
