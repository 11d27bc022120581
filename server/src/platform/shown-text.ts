import { z } from "zod";

/** Something that leaves a mark: letters, digits, punctuation, symbols, emoji among them. */
const mark = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** Control characters, and those that turn the direction of what stands behind them. */
const unruly = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/**
 * A name that people are shown in lists and in the audit trail: one line of at most `max` characters that can be seen, and
 * that leaves what stands around it as it is.
 */
export const shownText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => mark.test(text), "Write something that can be seen.")
    .refine((text) => !unruly.test(text), "Leave out line breaks and characters that cannot be seen.");
