export { getCustomer, userIdsOf } from "./customers.ts";
export type { CustomerFilter, CustomerSet } from "./filters.ts";
export { profileRoutes } from "./routes.ts";
export {
  customersById,
  mergeTraits,
  patchTraits,
  queueCustomerRows,
  type TraitPatch,
  touch,
} from "./store.ts";
