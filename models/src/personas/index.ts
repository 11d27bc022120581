export {
  type Candidate,
  findPersonas,
  type NoPersonas,
  type PersonaSearch,
  type Personas,
  stableFrom,
} from "./find-personas.ts";
export { assign, fitMixture, type Mixture, type MixtureGroup, type MixtureOptions } from "./mixture.ts";
export { adjustedRandIndex } from "./rand-index.ts";
export { type CountColumn, InvalidMixedTable, type MixedTable } from "./table.ts";
