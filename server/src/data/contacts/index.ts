export { contactStores, sealedByContacts } from "./person-stores.ts";
export { contactRoutes } from "./routes.ts";
export { contactWords } from "./words.ts";
