export type { CustomerFilter, CustomerSet } from "./filters.ts";
export { Customer, customersById, mergeTraits, patchTraits, queueCustomerRows, touch, type TraitPatch } from "./store.ts";
