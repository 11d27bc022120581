import { createHash } from "node:crypto";

/** SHA-256 in hex of a normalised e-mail or phone number, as ad platforms send it. */
export const hashOf = (value: string) => createHash("sha256").update(value, "utf8").digest("hex");
