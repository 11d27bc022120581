-- Events that come with a secret API token and no write key count for one source of their own.
alter table sources add column for_tokens boolean not null default false;
create unique index sources_for_tokens on sources (for_tokens) where for_tokens;
