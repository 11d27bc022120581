export { type JobContext, type JobRun, type Jobs, JobState, openJobs } from "./jobs.ts";
