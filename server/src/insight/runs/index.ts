export { defineInsightJob, insightJob } from "./jobs.ts";
export { InsightRun, type InsightStep, type StepWork } from "./model.ts";
export { clearRun, pruneRuns } from "./partitions.ts";
export { insightRunsRoutes } from "./routes.ts";
export { findCurrentRun, findReport, saveReport } from "./store.ts";
