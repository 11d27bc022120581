export * from "./experiment.ts";
export { Random } from "./random.ts";
export * from "./value/index.ts";
