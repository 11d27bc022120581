-- Mails on their way, and what was sent. The words of a mail go when it has gone; to whom it went, and when, stays.
create table mails (
  id bigint generated always as identity primary key,
  kind text not null,
  customer_id bigint,
  -- The kind of processing that must be allowed when it is sent, such as contact:email; null where none is needed.
  needs text,
  recipient text not null,
  subject text not null,
  body_text text,
  body_html text,
  message_id text not null unique,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'dropped', 'failed')),
  reason text,
  attempts integer not null default 0,
  due_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index mails_due on mails (due_at) where state in ('waiting', 'sending');
create index mails_customer on mails (customer_id);

-- Confirmations asked for by mail: a yes that waits for a click. The link's token is kept as its hash alone.
create table consent_requests (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  purpose text not null references purposes,
  wording_version integer not null,
  address text not null,
  origin text not null,
  source_id bigint,
  place text,
  proof text,
  language text not null,
  token_hash text not null unique,
  message_id text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_at timestamptz,
  ended_at timestamptz
);
create index consent_requests_customer on consent_requests (customer_id, purpose);
create index consent_requests_address on consent_requests (address, asked_at);
