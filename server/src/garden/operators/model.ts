import { randomBytes } from "node:crypto";
import { z } from "zod";
import { shownText } from "../../platform/shown-text.ts";
import { Language, Role } from "../model.ts";

export const Operator = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: Role,
  /** Of the admin pages; null follows the garden's. */
  language: Language.nullable(),
  /** Until when a one-time password works; null once the operator has chosen an own one. */
  oneTimeUntil: z.date().nullable(),
  createdAt: z.date(),
});
export type Operator = z.infer<typeof Operator>;

export const passwordCharactersMin = 10;
export const passwordCharactersMax = 128;
export const Password = z.string().min(passwordCharactersMin).max(passwordCharactersMax);
export const Email = z
  .email()
  .max(254)
  .transform((text) => text.toLowerCase());
export const PersonName = shownText(100);

/** How long an invited operator can sign in with the one-time password, in days. */
export const oneTimeDays = 7;

/** Four groups that can be read out on the phone: 100 bits, without letters that look alike. */
export function newOneTimePassword(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  const text = [...randomBytes(20)].map((byte) => letters[byte % letters.length]).join("");
  return text.match(/.{5}/g)!.join("-");
}
