export { contactRoutes } from "./routes.ts";
export { contactWords } from "./words.ts";
