-- Systems that send JSON of their own: a source with an address, how its signature is checked, and the rules that make
-- events of what it sends.
alter table sources drop constraint sources_kind_check;
alter table sources add constraint sources_kind_check
  check (kind in ('browser', 'server', 'internal', 'import', 'webhook'));

create table webhooks (
  source_id bigint primary key references sources on delete cascade,
  provider text not null,
  -- Where a delivery says its own id, so that one that is sent twice counts once.
  delivery_id text not null default '',
  signature jsonb not null,
  -- What the signature is checked with. It goes in, and never comes out again.
  secret text,
  -- Not jsonb: names stay in the order in which somebody wrote them.
  rules json not null default '[]',
  changed_at timestamptz not null default now()
);

-- Bodies that no rule made an event of. They hold personal data: few are kept, and not for long.
create table webhook_examples (
  id bigint generated always as identity primary key,
  source_id bigint not null references sources on delete cascade,
  received_at timestamptz not null,
  -- unmapped: no rule was for it. failed: a rule was, but what it made could not be accepted. pasted: an operator put it in.
  reason text not null check (reason in ('unmapped', 'failed', 'pasted')),
  -- Why it could not be accepted: a code for the screen, and words.
  fault_code text,
  fault text,
  trusted boolean not null,
  headers jsonb not null,
  body text not null,
  replayed_at timestamptz
);
create index webhook_examples_source on webhook_examples (source_id, id);

-- A refund that a shop tells of names its order, and nobody: whose order it is, is looked for.
create index live_records_key on live_records (record_key);
