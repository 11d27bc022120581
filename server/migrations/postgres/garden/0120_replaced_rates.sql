-- A rate that another one replaced stays readable: newest first, and with who replaced it (unknown for the rows until now).
alter table exchange_rates_before add column id bigint generated always as identity primary key;
alter table exchange_rates_before add column replaced_by text;
