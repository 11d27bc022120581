-- The product itself and the imports each write as one source of their own: found, or made once.
create unique index sources_own on sources (kind) where kind in ('internal', 'import');

-- Rates against a currency that the garden counted in before; kept as history, used no more.
create table exchange_rates_before (
  base text not null,
  currency text not null,
  valid_from date not null,
  rate numeric not null,
  added_at timestamptz not null,
  replaced_at timestamptz not null
);
