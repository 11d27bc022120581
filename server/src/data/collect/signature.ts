import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether the brand's server signed this user id: HMAC-SHA256 of the id under the source's signing
 * secret, in hex. Only the server knows the secret, so a browser cannot speak for somebody else.
 */
export function isSigned(userId: string, signature: unknown, secret: string | null): boolean {
  if (!secret || typeof signature !== "string" || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  return timingSafeEqual(createHmac("sha256", secret).update(userId).digest(), Buffer.from(signature, "hex"));
}
