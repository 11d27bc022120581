-- Ad platforms send e-mails and phone numbers as SHA-256: the plain values are found by theirs.
alter table identifiers add column sha256 text;
update identifiers set sha256 = encode(sha256(convert_to(value, 'UTF8')), 'hex') where kind = 'email';
create index identifiers_sha256 on identifiers (sha256) where sha256 is not null;

-- Browsers on which more than one known customer identified. Of all others the link of the visitor says whose they are.
create table shared_devices (
  visitor_id bigint primary key,
  -- Who identified last.
  current_id bigint not null,
  -- From many users on: a visitor of its own, for whom its nameless events are written, and who is never joined.
  loose_id bigint,
  shared_at timestamptz
);
create table device_users (
  visitor_id bigint not null,
  customer_id bigint not null,
  first_at timestamptz not null,
  primary key (visitor_id, customer_id)
);
create index device_users_customer on device_users (customer_id);
