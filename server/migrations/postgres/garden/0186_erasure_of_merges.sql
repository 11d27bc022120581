-- Whoever is erased leaves the log of merges, too: its entries stay, with who made them and when, and name nobody. Anything
-- else is refused.
alter table merges
  alter column survivor_id drop not null,
  alter column joined_id drop not null;

create function guard_merges() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.id = old.id and new.kind = old.kind and new.undoes is not distinct from old.undoes
    and new.at = old.at and new.by_name = old.by_name
    and (new.survivor_id is null or new.survivor_id = old.survivor_id)
    and (new.joined_id is null or new.joined_id = old.joined_id)
    and (new.proposal_id is null or new.proposal_id = old.proposal_id) then
    return new;
  end if;
  raise exception 'The log of merges is only added to: nothing in it is changed or removed.' using errcode = 'restrict_violation';
end $$;
create trigger guard_merges before update or delete on merges for each row execute function guard_merges();
create trigger guard_merges_whole before truncate on merges for each statement execute function refuse_change();
