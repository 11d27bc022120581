-- Files that were imported, or could not be, stay in done and failed for so many days: exports hold personal data.
alter table import_folders add column keep_days integer not null default 30 check (keep_days between 1 and 3650);
