import { createHash } from "node:crypto";
import type { Json } from "../model.ts";

/*
 * Reading what strangers sent: each of these takes anything at all. Objects under names that a sender chose are made by
 * `Object.fromEntries`, which knows no names with a meaning.
 */

export const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A text or a number as text; undefined for an empty one, and for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value.trim() ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !value.trim()) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The object without what says nothing: undefined, null and empty text. */
export function present(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  );
}

/** JSON in a text, else undefined. */
export function jsonIn(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An id for what came without one: the same for the same words, told again. */
export const hashOf = (words: string): string =>
  createHash("sha256").update(words).digest("hex").slice(0, 40);

/** An instant in milliseconds as ISO 8601; what is no instant stays, so that the check names it. */
export function instantOf(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? String(ms) : at.toISOString();
}
