-- The brand's own things: its sources, what was changed by whom, and what was announced.
create sequence row_versions;

create table sources (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null check (kind in ('browser', 'server', 'internal', 'import')),
  write_key text unique,
  -- ask: dropped until a preference grants it. basis: the brand states why it may.
  consent_mode text not null check (consent_mode in ('ask', 'basis')),
  -- Names of `context.consent.categoryPreferences` bound to the brand's purposes.
  consent_categories jsonb not null default '{}',
  -- Purposes with the lawful basis that the brand states for events of this source.
  stated_basis jsonb not null default '{}',
  origins text[] not null default '{}',
  -- Secret by which the brand's server signs a user id for the browser.
  signing_secret text,
  enabled boolean not null default true,
  first_event_at timestamptz,
  last_event_at timestamptz,
  created_at timestamptz not null default now()
);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb
);
create index audit_at on audit (at desc);

-- Facts that must not be lost: saved in the transaction that caused them, told to their listeners after.
create table facts (
  id bigint generated always as identity primary key,
  name text not null,
  payload jsonb not null,
  at timestamptz not null default now()
);

create table settings (
  key text primary key,
  value jsonb not null,
  changed_at timestamptz not null default now()
);

-- What one unit of a currency was worth in the garden's currency, from a day on. Kept as history.
create table exchange_rates (
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from date not null,
  rate numeric not null check (rate > 0),
  added_at timestamptz not null default now(),
  primary key (currency, valid_from)
);
