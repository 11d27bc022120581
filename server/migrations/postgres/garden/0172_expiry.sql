-- A yes that has run out stays told apart from a no, also when it is noted: only a fresh yes makes it new.
alter table consent_current add column expired boolean not null default false;

-- What counts now: a yes that has run out is a no at once, before anything has noted it. It runs by the lifetime of the
-- words that were agreed to, or by that of today's where it is shorter.
create view consent_standing as
  select c.customer_id, c.purpose, c.granted and not e.expired as granted, c.basis, c.at, c.import_id, c.stated, c.wording_version,
    c.expired or (c.granted and e.expired) as expired, e.expires_at
  from consent_current c
  join purposes p on p.key = c.purpose
  left join purpose_wordings w on w.purpose = c.purpose and w.version = c.wording_version,
  lateral (
    select least(
      case when w.lifetime_months is not null then
        (case when w.lifetime_from = 'activity' then l.last_at else c.at end) + make_interval(months => w.lifetime_months) end,
      case when p.lifetime_months is not null then
        (case when p.lifetime_from = 'activity' then l.last_at else c.at end) + make_interval(months => p.lifetime_months) end
    ) as expires_at
    from (select case when 'activity' in (p.lifetime_from, w.lifetime_from)
      then greatest(c.at, (select k.last_seen_at from customers k where k.id = c.customer_id)) else c.at end as last_at) as l
  ) as x,
  lateral (
    select case when c.granted and c.basis = 'consent' then x.expires_at end as expires_at,
      coalesce(c.granted and c.basis = 'consent' and x.expires_at <= now(), false) as expired
  ) as e;
