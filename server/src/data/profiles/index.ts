export { getCustomer, orderSums, userIdsOf } from "./customers.ts";
export type { CustomerFilter, CustomerSet } from "./filters.ts";
export { patchImportedTraits, retractTraits } from "./imported-traits.ts";
export { isAboutPerson, isEmail, isPersonalProperty, isPersonalTrait } from "./personal.ts";
export { profileRoutes } from "./routes.ts";
export {
  customersById,
  mergeTraits,
  patchTraits,
  queueCustomerRows,
  queueRemovedRows,
  type TraitLink,
  type TraitPatch,
  touch,
} from "./store.ts";
export { unratedAmounts } from "./unrated.ts";
export type { FindWords, Words } from "./words.ts";
