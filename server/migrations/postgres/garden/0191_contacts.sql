-- Contacts that people at the till and on the phone write down. The note is free text and personal: it stands here alone,
-- and in no event.
create table contacts (
  id bigint generated always as identity primary key,
  -- Made by the page: an entry that waited for the network and was sent twice counts once.
  client_id text not null unique,
  at timestamptz not null,
  recorded_at timestamptz not null,
  actor_id text not null,
  actor_name text not null,
  customer_id bigint,
  kind text not null,
  channel text not null,
  topics text[] not null default '{}',
  mood text check (mood in ('good', 'neutral', 'bad')),
  note text,
  undone_at timestamptz
);
create index contacts_recorded on contacts (recorded_at desc);
create index contacts_customer on contacts (customer_id) where customer_id is not null;

-- People are asked for by their last name and the end of their number, too.
create index customers_last_name on customers (lower(regexp_replace(display_name, '^.*\s', '')) text_pattern_ops)
  where display_name is not null;
create index customers_phone_end on customers (right(regexp_replace(traits->>'phone', '\D', '', 'g'), 7))
  where traits ? 'phone';
