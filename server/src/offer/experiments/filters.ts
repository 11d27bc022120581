import type { CustomerFilter } from "../../data/profiles/index.ts";

/** Customers of one arm who are in the comparison; without a value those of both. */
export const holdoutArmFilter: CustomerFilter = {
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
export const mixedArmsFilter: CustomerFilter = {
  key: "holdout_mixed",
  title: {
    en: "Left out of the comparison: two arms in one person",
    de: "Nicht im Vergleich: zwei Gruppen in einer Person",
  },
  where: () => ({ sql: "select customer_id from holdout_arms where mixed = 1", params: {} }),
};
