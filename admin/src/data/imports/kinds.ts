import type { Import, Mapping, Role } from "./queries.ts";

export type Kind = Import["kind"];

/** Kinds of which each line is a record, by the role of their one file. */
const listed: Partial<Record<Role, Kind>> = {
  persons: "customers",
  events: "events",
  costs: "costs",
  ratings: "reviews",
  answers: "answers",
  tickets: "tickets",
  consents: "consents",
};

export const kinds: readonly Kind[] = [
  "orders",
  "customers",
  "events",
  "costs",
  "reviews",
  "answers",
  "tickets",
  "consents",
];

export const isListed = (role: Role) => listed[role] !== undefined;

/** What a mapping brings. */
export function kindOf({ files }: Pick<Mapping, "files">): Kind {
  const role = (Object.keys(files) as Role[]).find(isListed);
  return role ? listed[role]! : "orders";
}

/** Fields that may be the same in every line and stand in no column. */
export const mayBeConstant = new Set([
  "name",
  "channel",
  "campaign",
  "currency",
  "purpose",
  "answer",
  "basis",
  "wording",
  "survey",
  "scoreMax",
  "topic",
]);

/** Fields of which the words of a file may mean words of ours. */
export const mayBeTranslated = new Set(["purpose", "answer", "basis", "name", "channel"]);

/** Whether columns that are named for nothing may become traits or properties. */
export const keepsOthers = (mapping: Pick<Mapping, "files">) =>
  kindOf(mapping) === "customers" || kindOf(mapping) === "events";
