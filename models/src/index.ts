export * from "./attribution/index.ts";
export * from "./drivers/index.ts";
export * from "./experiment.ts";
export * from "./linkage/index.ts";
export * from "./personas/index.ts";
export { Random } from "./random.ts";
export * from "./recommendation/index.ts";
export {
  type Durations,
  InvalidDurations,
  kaplanMeier,
  type LogRank,
  logRank,
  type SurvivalCurve,
  type SurvivalStep,
  survivalAt,
} from "./survival.ts";
export {
  forecastStates,
  InvalidTransitions,
  longRunShares,
  meanStay,
  NextEventModel,
  type NextEvents,
  type TransitionCounts,
  transitionChances,
} from "./transitions.ts";
export * from "./value/index.ts";
