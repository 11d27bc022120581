import { isAboutPerson, isPersonalProperty } from "../profiles/index.ts";
import { bounds, type ValueType } from "./model.ts";
import type { Violation } from "./schema.ts";

/** What the catalogue hears of an event. Of values it keeps the type alone. */
export interface Observation {
  name: string;
  sourceId: number;
  /** The brand itself sent it, and not only somebody who holds a public key. */
  trusted: boolean;
  receivedAt: Date;
  messageId: string;
  properties: Record<string, unknown>;
}

export interface SeenProperty {
  path: string;
  events: number;
  types: Record<ValueType, number>;
  guessedPersonal: boolean;
}

export interface SeenName {
  name: string;
  events: number;
  lookedAt: number;
  trusted: boolean;
  firstAt: Date;
  lastAt: Date;
  bySource: Map<number, number>;
  properties: Map<string, SeenProperty>;
}

/** What was not as it should be, of one property and reason. */
export interface SeenViolation extends Violation {
  name: string;
  events: number;
  lastAt: Date;
  sourceId: number;
  messageId: string;
}

/** How many events of a name a batch looks into one by one; of more, one in so many. */
const lookedIntoMax = 50;
const oneIn = 16;

/**
 * What a batch shows of names and properties, added up in memory, so that the catalogue costs a few statements a batch.
 * Bounded whatever is sent: what goes beyond is counted, and not named.
 */
export class Observed {
  readonly names = new Map<string, SeenName>();
  /** By source: events whose names found no room in this batch. */
  readonly beyond = new Map<number, number>();
  readonly violations = new Map<string, SeenViolation>();
  /** By name and source: events that were not as they should be. */
  readonly violating = new Map<string, { name: string; sourceId: number; events: number }>();

  /** Hears of an event that is not as its schema says; of one that is kept out, this alone. */
  violated({ name, sourceId, receivedAt, messageId }: Observation, violations: readonly Violation[]): void {
    if (!violations.length) return;
    const place = `${sourceId} ${name}`;
    const count = this.violating.get(place) ?? { name, sourceId, events: 0 };
    count.events++;
    this.violating.set(place, count);
    for (const violation of violations) {
      const key = `${violation.reason} ${violation.path} ${name}`;
      const before = this.violations.get(key);
      this.violations.set(key, {
        ...violation,
        example: violation.example ?? before?.example,
        ...{ name, sourceId, messageId, lastAt: receivedAt },
        events: (before?.events ?? 0) + 1,
      });
    }
  }

  /** So many events of a name came from a source in all, whether or not each was added. */
  count(name: string, sourceId: number, events: number): void {
    const seen = this.names.get(name);
    if (!seen) return;
    seen.events += events - (seen.bySource.get(sourceId) ?? 0);
    seen.bySource.set(sourceId, events);
  }

  add(event: Observation): void {
    let seen = this.names.get(event.name);
    if (!seen) {
      if (this.names.size >= bounds.names) {
        this.beyond.set(event.sourceId, (this.beyond.get(event.sourceId) ?? 0) + 1);
        return;
      }
      seen = {
        name: event.name,
        events: 0,
        lookedAt: 0,
        trusted: false,
        firstAt: event.receivedAt,
        lastAt: event.receivedAt,
        bySource: new Map(),
        properties: new Map(),
      };
      this.names.set(event.name, seen);
    }
    seen.events++;
    seen.trusted ||= event.trusted;
    if (event.receivedAt < seen.firstAt) seen.firstAt = event.receivedAt;
    if (event.receivedAt > seen.lastAt) seen.lastAt = event.receivedAt;
    seen.bySource.set(event.sourceId, (seen.bySource.get(event.sourceId) ?? 0) + 1);
    if (seen.events > lookedIntoMax && seen.events % oneIn) return;
    seen.lookedAt++;
    lookInto(seen.properties, event.properties, "", false, 1);
  }
}

function lookInto(
  found: Map<string, SeenProperty>,
  object: Record<string, unknown>,
  before: string,
  inPerson: boolean,
  depth: number,
): void {
  for (const key in object) {
    if (!isNameable(key)) continue;
    const value = object[key];
    if (value === undefined) continue;
    const path = before + key;
    if (path.length > bounds.pathLength) continue;
    let seen = found.get(path);
    if (!seen) {
      if (found.size >= bounds.properties) continue;
      seen = {
        path,
        events: 0,
        types: { text: 0, number: 0, boolean: 0, list: 0, object: 0, null: 0 },
        guessedPersonal: false,
      };
      found.set(path, seen);
    }
    const type = typeOf(value);
    seen.events++;
    seen.types[type]++;
    seen.guessedPersonal ||= isPersonalProperty(key, value, inPerson);
    if (depth >= bounds.depth) continue;
    if (type === "object")
      lookInto(found, value as Record<string, unknown>, `${path}.`, isAboutPerson(key, inPerson), depth + 1);
    if (type === "list") {
      // The first of a list speaks for the others.
      const [first] = value as unknown[];
      if (typeOf(first) === "object")
        lookInto(
          found,
          first as Record<string, unknown>,
          `${path}[].`,
          isAboutPerson(key, inPerson),
          depth + 1,
        );
    }
  }
}

/** Whether a key may stand in the catalogue: one that holds an address, or what no store can keep, is no name. */
const isNameable = (key: string) =>
  key !== "" && key !== "__proto__" && !key.includes("@") && !key.includes("\0") && key.isWellFormed();

export function typeOf(value: unknown): ValueType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "object";
  }
}
