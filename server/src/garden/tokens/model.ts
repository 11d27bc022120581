import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { Right } from "../model.ts";

export const ApiToken = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(Right),
  createdBy: z.string(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** A secret of 256 bits; shown once. */
export const newToken = () => `rk_${randomBytes(32).toString("base64url")}`;
export const newTokenId = () => `tok_${randomBytes(9).toString("base64url")}`;

/** A token has full entropy, so a plain hash is enough: nobody can guess what it was made from. */
export const hashToken = (token: string) => createHash("sha256").update(token).digest();
