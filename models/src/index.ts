export * from "./attribution/index.ts";
export * from "./experiment.ts";
export * from "./linkage/index.ts";
export { Random } from "./random.ts";
export * from "./value/index.ts";
