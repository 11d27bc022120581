export { customerConsentRoutes } from "./consent-routes.ts";
export { getCustomer, orderSums, userIdsOf } from "./customers.ts";
export type { CustomerFilter, CustomerSet } from "./filters.ts";
export { foldProfiles, foldWholes, keepOwnProfiles, OwnProfile, takeOwnProfiles } from "./fold.ts";
export { patchImportedTraits, retractTraits } from "./imported-traits.ts";
export { profileStores } from "./person-stores.ts";
export { isAboutPerson, isEmail, isPersonalProperty, isPersonalTrait } from "./personal.ts";
export { profileRoutes } from "./routes.ts";
export {
  type Customer,
  customersById,
  holdCustomerRows,
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
