-- A synthetic garden lives in its own days: this is its now, and it stands still between them.
alter table gardens add column simulated_now timestamptz;
alter table gardens add constraint only_synthetic_clocks check (simulated_now is null or synthetic);
