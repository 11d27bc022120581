-- The brand's purposes, bound to the kinds of processing that the code knows.
create table purposes (
  key text primary key,
  kinds text[] not null,
  name jsonb not null,
  wording jsonb not null,
  wording_version integer not null default 1,
  position integer not null default 0
);
insert into purposes (key, kinds, name, wording, position) values
  ('measure', '{collect}', '{"en": "Measuring visits and purchases", "de": "Besuche und Käufe messen"}',
   '{"en": "We record what you look at and buy here, to improve our shop.", "de": "Wir halten fest, was Sie hier ansehen und kaufen, um unseren Laden zu verbessern."}', 1),
  ('personalise', '{profile}', '{"en": "Personal suggestions", "de": "Persönliche Vorschläge"}',
   '{"en": "We draw conclusions from what you do here, and suggest what fits you.", "de": "Wir ziehen Schlüsse aus dem, was Sie hier tun, und schlagen Ihnen Passendes vor."}', 2),
  ('contact', '{contact:email,contact:sms,contact:phone,contact:post}', '{"en": "Messages from us", "de": "Nachrichten von uns"}',
   '{"en": "We write to you with offers and questions.", "de": "Wir schreiben Ihnen mit Angeboten und Fragen."}', 3);

-- Every answer that was ever given; nothing is changed or removed.
create table consent_answers (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  purpose text not null references purposes,
  granted boolean not null,
  basis text not null check (basis in ('consent', 'contract', 'legitimate_interest', 'legal_obligation')),
  source_id bigint,
  origin text not null,
  wording_version integer not null,
  at timestamptz not null,
  recorded_at timestamptz not null default now()
);
create index consent_answers_customer on consent_answers (customer_id, purpose, at);

-- The answer that counts now for whom it was given (a visitor or a customer).
create table consent_current (
  customer_id bigint not null,
  purpose text not null references purposes,
  granted boolean not null,
  basis text not null,
  at timestamptz not null,
  primary key (customer_id, purpose)
);
