-- Folders of the server whose files are imported as they come, or once a day at a time of the garden's zone.
create table import_folders (
  -- The mapping by which files are read; the folder bears its name.
  mapping_name text primary key check (mapping_name ~ '^[a-z0-9][a-z0-9-]{0,60}$'),
  -- 'HH:MM', or null where each file is taken as it comes.
  daily_at text check (daily_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  currency text,
  timezone text,
  basis jsonb not null,
  -- The newest time of the day at which files were taken.
  ran_at timestamptz not null,
  last jsonb,
  changed_by text not null,
  changed_at timestamptz not null
);

-- Files that were taken and still lie in their folder: each is taken once, whoever looks.
create table import_taken (
  mapping_name text not null,
  name text not null,
  bytes bigint not null,
  written_at timestamptz not null,
  import_id bigint,
  taken_at timestamptz not null,
  primary key (mapping_name, name, bytes, written_at)
);
