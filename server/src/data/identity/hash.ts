import { createHash } from "node:crypto";
import type { Identifier } from "./model.ts";

/** SHA-256 in hex of a normalised e-mail or phone number, as ad platforms send it. */
export const hashOf = (value: string) => createHash("sha256").update(value, "utf8").digest("hex");

/** The hashes by which ad platforms name whoever has these addresses and numbers. */
export const hashedNames = (identifiers: readonly Identifier[]): Identifier[] =>
  identifiers.flatMap(({ kind, value }) =>
    kind === "email" || kind === "phone" ? [{ kind: `${kind}_sha256` as const, value: hashOf(value) }] : [],
  );
