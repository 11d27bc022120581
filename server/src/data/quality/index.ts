export { loadMarks, type Marks, withMarks } from "./marks.ts";
export { Observed } from "./observe.ts";
export { qualityRoutes } from "./routes.ts";
export { saveObserved } from "./save-observed.ts";
