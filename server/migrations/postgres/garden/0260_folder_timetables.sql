-- A folder is looked into as its files come, every day, or on a day of the week; or now, because somebody asks for it.
alter table import_folders rename column daily_at to time_of_day;
alter table import_folders
  -- 1 is Monday and 7 Sunday; null is every day.
  add column weekday smallint check (weekday is null or (weekday between 1 and 7 and time_of_day is not null)),
  -- Who asked for a look that has not been yet, and when.
  add column asked_by text,
  add column asked_at timestamptz,
  -- The newest look that was due or brought something: when, who asked for it, which imports it began, why it could not.
  add column look jsonb;
