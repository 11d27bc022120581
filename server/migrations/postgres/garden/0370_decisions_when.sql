-- Decisions are kept as long as a display or a purchase may still be told of them.
create index decisions_when on decisions using brin (decided_at);
