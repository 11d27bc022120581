import { answers } from "./answers.ts";
import { consents } from "./consents.ts";
import { costs } from "./costs.ts";
import { customers } from "./customers.ts";
import { events } from "./events.ts";
import type { LineKind } from "./kind.ts";
import { reviews } from "./reviews.ts";
import { tickets } from "./tickets.ts";

export { type ImportKind, kindNames, type LineKind } from "./kind.ts";

/** Kinds of import of which each line is a record, by the role of their one kind of file. */
export const lineKinds = {
  persons: customers,
  events,
  costs,
  ratings: reviews,
  answers,
  tickets,
  consents,
} as const satisfies Record<string, LineKind>;
export type LineRole = keyof typeof lineKinds;
export const lineRoles = Object.keys(lineKinds) as LineRole[];
