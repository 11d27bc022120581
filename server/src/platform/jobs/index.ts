export { type JobContext, type JobRun, JobState, type Jobs, openJobs } from "./jobs.ts";
