export type { BlockingReport } from "./blocking.ts";
export { type Level, levels } from "./comparison.ts";
export type { LevelChances, LinkageModel } from "./estimate.ts";
export {
  type DuplicateOptions,
  type DuplicatePair,
  type Duplicates,
  duplicatesAmong,
  type Evidence,
  findDuplicates,
} from "./find-duplicates.ts";
export { type MadeUpPeople, makeUpPeople } from "./made-up-people.ts";
export { type Field, fields as linkageFields, People, type PersonRecord } from "./people.ts";
