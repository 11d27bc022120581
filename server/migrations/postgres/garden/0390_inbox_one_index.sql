-- Each request pays for each index of the inbox: those that wait are found by the primary key, and the few that were put aside by their own.
drop index inbox_lane;
create index inbox_aside on inbox (id) where lane <> 0;
