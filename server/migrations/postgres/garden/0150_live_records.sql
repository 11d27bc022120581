-- An order that a page and a server both tell is one: which live event stands for each record of a customer.
create table live_records (
  -- A survivor: records follow their customer when ids are joined.
  customer_id bigint not null,
  -- As in the event store, `order:1001`.
  record_key text not null,
  event_id uuid not null,
  -- Told by the brand itself, and not only by somebody who holds a public key.
  trusted boolean not null,
  received_at timestamptz not null,
  primary key (customer_id, record_key)
);
