-- Surveys: what customers are asked, what they answered, and what was done about it. The free text of
-- an answer stays here; the event store gets the score.
create table surveys (
  id bigint generated always as identity primary key,
  name text not null,
  -- The address `/s/<slug>`; `rondell.public_slugs` keeps it unique over all gardens.
  slug text not null unique,
  -- The language that a visitor gets who asks for none of the offered ones.
  language text not null check (language in ('en', 'de')),
  -- Language → question; a language without a question is not offered.
  question jsonb not null check (question ? language),
  state text not null default 'draft' check (state in ('draft', 'open', 'closed')),
  created_at timestamptz not null,
  published_at timestamptz,
  closed_at timestamptz,
  check ((state = 'draft') = (published_at is null)),
  check ((state = 'closed') = (closed_at is not null))
);

-- Secrets that stand for one customer in one survey: a personal link that an operator made, or what a
-- visitor got for an answer. Only the hash is kept.
create table survey_links (
  id bigint generated always as identity primary key,
  survey_id bigint not null references surveys on delete cascade,
  customer_id bigint not null,
  kind text not null check (kind in ('personal', 'visitor')),
  token_hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index survey_links_customer on survey_links (customer_id);

create table survey_answers (
  id bigint generated always as identity primary key,
  survey_id bigint not null references surveys,
  -- As it was when the answer was given; links lead on from there. Null for an answer without a name.
  customer_id bigint,
  -- personal: by a personal link. visitor: by a visitor whom we knew. open: by anyone.
  channel text not null check (channel in ('personal', 'visitor', 'open')),
  -- Hash of a secret that the page made up: the same answer sent twice is one, and can be changed.
  key_hash bytea not null,
  score smallint not null check (score between 0 and 10),
  reason text,
  language text not null,
  answered_at timestamptz not null,
  changed_at timestamptz,
  revision integer not null default 1,
  check ((channel = 'open') = (customer_id is null)),
  unique (survey_id, key_hash)
);
-- One answer a customer, whichever of their links they use.
create unique index survey_answers_once on survey_answers (survey_id, customer_id, channel);
create index survey_answers_when on survey_answers (survey_id, answered_at desc);
create index survey_answers_all on survey_answers (answered_at);
create index survey_answers_customer on survey_answers (customer_id) where customer_id is not null;

-- Each unhappy customer (0 to 6) waits for somebody to act.
create table survey_alerts (
  id bigint generated always as identity primary key,
  answer_id bigint not null unique references survey_answers on delete cascade,
  state text not null default 'open' check (state in ('open', 'done')),
  opened_at timestamptz not null,
  done_at timestamptz,
  check ((state = 'done') = (done_at is not null))
);
create index survey_alerts_open on survey_alerts (opened_at desc) where state = 'open';

-- What was done about it, in the words of who did it.
create table survey_alert_notes (
  id bigint generated always as identity primary key,
  alert_id bigint not null references survey_alerts on delete cascade,
  text text not null,
  closed boolean not null,
  written_by text not null,
  written_at timestamptz not null
);
create index survey_alert_notes_alert on survey_alert_notes (alert_id, id);
