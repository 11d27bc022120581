-- Whether the brand has proof of the yeses that a source sends, so that none waits for a confirmation by mail. Sources that
-- were there before were believed without one, and stay so until somebody decides otherwise: no customer gets a mail by an update.
alter table sources add column proves_consent boolean not null default false;
update sources set proves_consent = true where kind in ('server', 'webhook');
