import type { CustomerFilter } from "../../data/profiles/index.ts";

/** Customers of one arm who are in the comparison; without a value those of both. */
const holdoutArmFilter: CustomerFilter = {
  key: "holdout_arm",
  title: { en: "In the comparison with the holdout", de: "Im Vergleich mit der Kontrollgruppe" },
  where: (value) => ({
    sql: `select customer_id from holdout_arms
      where mixed = 0 and ({holdout_arm_value:String} = '' or arm = {holdout_arm_value:String})
        and customer_id in (select customer_id from customers where profile = 1)`,
    params: { holdout_arm_value: value },
  }),
};

/** Customers in whom two arms met, and who are therefore left out of the comparison. */
const mixedArmsFilter: CustomerFilter = {
  key: "holdout_mixed",
  title: {
    en: "Left out of the comparison: two arms in one person",
    de: "Nicht im Vergleich: zwei Gruppen in einer Person",
  },
  where: () => ({ sql: "select customer_id from holdout_arms where mixed = 1", params: {} }),
};

/** Customers of one arm who bought after their first decision, or whose order since waits for a rate. */
function afterDecision(key: string, title: CustomerFilter["title"], condition: string): CustomerFilter {
  return {
    key,
    title,
    where: (value) => ({
      sql: `select distinct e.customer_id as customer_id from events as e
        inner join (select customer_id, arm, decided_at from holdout_arms
          where mixed = 0 and customer_id in (select customer_id from customers where profile = 1)) as h
          on h.customer_id = e.customer_id
        where ${condition} and e.happened_at > h.decided_at
          and ({${key}_value:String} = '' or h.arm = {${key}_value:String})`,
      params: { [`${key}_value`]: value },
    }),
  };
}

const armBuyersFilter = afterDecision(
  "holdout_buyers",
  { en: "Bought after the first decision", de: "Nach der ersten Entscheidung gekauft" },
  "e.name = 'Order Completed'",
);

const armWithoutRateFilter = afterDecision(
  "holdout_without_rate",
  {
    en: "With an order since the decision that waits for a rate",
    de: "Mit einer Bestellung seit der Entscheidung, die auf einen Kurs wartet",
  },
  `e.name in ('Order Completed', 'Order Refunded') and e.amount_garden_minor is null and e.amount_minor is not null`,
);

/** Customers who were in the comparison and no longer allow conclusions. */
const withdrawnArmsFilter: CustomerFilter = {
  key: "holdout_withdrawn",
  title: {
    en: "Left out of the comparison: no longer allow conclusions",
    de: "Nicht im Vergleich: erlauben keine Schlüsse mehr",
  },
  where: () => ({
    sql: `select customer_id from holdout_arms
      where mixed = 0 and customer_id not in (select customer_id from customers where profile = 1)`,
    params: {},
  }),
};

/** Ways to the customers behind the numbers of the comparison. */
export const experimentFilters: CustomerFilter[] = [
  holdoutArmFilter,
  mixedArmsFilter,
  withdrawnArmsFilter,
  armBuyersFilter,
  armWithoutRateFilter,
];
