import { usableId } from "../identity/index.ts";
import { hasUnknownCurrency } from "./amount.ts";
import { type CallType, callTypes, type Json, type Rejection } from "./model.ts";

export const limits = {
  eventBytes: 32 * 1024,
  requestBytes: 500 * 1024,
  /** Largest body after decompression: a batch and its surroundings. */
  inflatedBytes: 1024 * 1024,
  batchEvents: 2_500,
  depth: 64,
  messageIdLength: 255,
  nameLength: 255,
} as const;

/** Anything before is a clock that was never set, anything later than a day ahead is one that is wrong. */
const earliest = Date.UTC(1995, 0, 1);
const aheadMs = 24 * 60 * 60 * 1000;

/** Whether an event may have happened then. */
export function isPlausibleTime(time: Date, now: Date): boolean {
  return time.getTime() >= earliest && time.getTime() <= now.getTime() + aheadMs;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Levels of nesting, and a size that the item does not exceed as JSON, in one walk without recursion: hostile input has
 * ten thousand levels. Stops below `depthMax`.
 */
export function dimensionsOf(value: unknown, depthMax: number): { isTooDeep: boolean; bytesAtMost: number } {
  let characters = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > depthMax) return { isTooDeep: true, bytesAtMost: Number.POSITIVE_INFINITY };
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const key in item) {
        const child = (item as Json)[key];
        characters += key.length + 1;
        if (typeof child === "string") characters += child.length;
        else if (typeof child === "object") next.push(child);
        // Digits, sign, point and exponent of a number.
        else characters += 4;
      }
    }
    level = next;
  }
  // A character may be written as \u0000: six bytes; quotes, colon and comma stand around each.
  return { isTooDeep: false, bytesAtMost: characters * 6 };
}

/** The call an item is: by its own word, or by the path. */
export function callTypeOf(item: Json, path?: CallType): CallType | undefined {
  if (path) return path;
  return typeof item.type === "string" && (callTypes as readonly string[]).includes(item.type)
    ? (item.type as CallType)
    : undefined;
}

/** When an event says it happened; undefined where it says nothing that can be read. */
export function statedTime(item: Json): Date | undefined | "unreadable" {
  const stated = item.timestamp ?? item.originalTimestamp;
  if (stated === undefined || stated === null || stated === "") return undefined;
  const time =
    typeof stated === "number" ? new Date(stated) : typeof stated === "string" ? isoTime(stated) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : "unreadable";
}

const isoPattern = /^\d{4}-(\d\d)-(\d\d)([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * A time in ISO 8601. JavaScript by itself reads "1" as the year 2001, moves 30 February into March, and takes a time
 * without a zone for one of the server's own: here the first two are no times, and the last is of UTC.
 */
function isoTime(text: string): Date | undefined {
  const found = isoPattern.exec(text);
  if (!found) return undefined;
  const [, month, day, clock, zone] = found;
  const time = new Date(clock && !zone ? `${text}Z` : text);
  if (Number(day) <= 28) return time;
  const daysInMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(month), 0)).getUTCDate();
  return Number(day) <= daysInMonth ? time : undefined;
}

/** Why an item cannot be accepted, or undefined where it can. `measure` gives its size as JSON, at some cost. */
export function faultOf(
  item: unknown,
  path: CallType | undefined,
  measure: () => number,
  now: Date,
): Rejection | undefined {
  if (!isObject(item)) return { code: "event.not_an_object", message: "An event is a JSON object." };
  const messageId =
    typeof item.messageId === "string" ? item.messageId.slice(0, limits.messageIdLength) : undefined;
  const fault = (code: string, message: string): Rejection => ({
    ...(messageId ? { messageId } : {}),
    code,
    message,
  });
  // Before it is measured: writing down ten thousand levels would end in an overflow of the stack.
  const { isTooDeep, bytesAtMost } = dimensionsOf(item, limits.depth);
  if (isTooDeep) return fault("event.too_deep", `An event may be nested ${limits.depth} levels deep.`);
  const bytes = bytesAtMost <= limits.eventBytes ? 0 : measure();
  if (bytes > limits.eventBytes)
    return fault(
      "event.too_large",
      `An event may have 32 KB; this one has ${Math.ceil(bytes / 1024)} KB. Send less in properties.`,
    );
  const type = callTypeOf(item, path);
  if (!type) return fault("event.unknown_type", `The type must be one of ${callTypes.join(", ")}.`);
  if (
    item.messageId !== undefined &&
    (typeof item.messageId !== "string" || item.messageId.length > limits.messageIdLength)
  ) {
    return fault("event.bad_message_id", "messageId must be a text of at most 255 characters.");
  }
  if (!usableId(item.userId) && !usableId(item.anonymousId)) {
    return fault(
      "event.no_id",
      "Send a userId or an anonymousId of 1 to 255 characters that names one person (not 0, null or anonymous).",
    );
  }
  if (
    type === "track" &&
    (typeof item.event !== "string" || !item.event.trim() || item.event.length > limits.nameLength)
  ) {
    return fault("event.no_name", "A track call needs `event`, a name of 1 to 255 characters.");
  }
  if (type === "alias" && !usableId(item.previousId))
    return fault("event.no_previous_id", "An alias call needs previousId.");
  if (type === "group" && !usableId(item.groupId))
    return fault("event.no_group_id", "A group call needs groupId.");
  for (const part of ["properties", "traits", "context"] as const) {
    if (item[part] !== undefined && item[part] !== null && !isObject(item[part]))
      return fault("event.bad_part", `${part} must be an object.`);
  }
  if (isObject(item.properties) && hasUnknownCurrency(item.properties)) {
    return fault(
      "event.unknown_currency",
      "properties.currency must be a currency code of ISO 4217, such as EUR, where an amount is given.",
    );
  }
  const time = statedTime(item);
  if (time === "unreadable")
    return fault("event.bad_timestamp", "timestamp must be an ISO 8601 time, such as 2026-05-14T09:30:00Z.");
  if (time && !isPlausibleTime(time, now)) {
    return fault(
      "event.absurd_timestamp",
      `The timestamp ${time.toISOString()} lies before 1995 or more than a day ahead. Check the sender's clock.`,
    );
  }
  return undefined;
}
