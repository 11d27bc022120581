export { loadAccounts, saveAccounts } from "./batch.ts";
export type { AccountBook } from "./book.ts";
export { roleOf } from "./model.ts";
export { accountStores } from "./person-stores.ts";
export { accountRoutes } from "./routes.ts";
export {
  type Account,
  accountsAbove,
  accountsById,
  accountTree,
  type Membership,
  membershipsOf,
  membersOf,
  searchAccounts,
} from "./store.ts";
export { getAccount } from "./verbs.ts";
