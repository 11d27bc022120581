import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { refuse } from "../refusal.ts";

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** What a sealed text begins with; what does not is still as it was written. */
const mark = "sealed:";

/** The keys that stand outside the database: texts are sealed with the newest, and opened with any of them. */
export interface KeyRing {
  /** Of the key that seals now. */
  readonly currentId: string;
  readonly ids: readonly string[];
  /** For threads, which make the same ring of it by `ringOf`. */
  readonly text: string;
  /** AES-256-GCM; `place` names where the text stands, so that it cannot be moved elsewhere. */
  seal(text: string, place: string): string;
  /** A text that was never sealed comes back as it is. Refuses key.missing, key.damaged. */
  open(text: string, place: string): string;
  /** HMAC-SHA-256 under a key that no rotation changes, for lists that must be matched and not read. */
  hash(...parts: readonly string[]): Buffer;
}

/** Makes keys of a text: one a line or between commas, 32 bytes in base64 each, the newest first. Refuses key.unusable. */
export function ringOf(text: string): KeyRing {
  const keys = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(readKey);
  const [current] = keys;
  const first = keys.at(-1);
  if (!current || !first) return refuseKey();
  const byId = new Map(keys.map((key) => [idOf(key), key]));
  const currentId = idOf(current);
  const hashKey = Buffer.from(hkdfSync("sha256", first, "", "rondell suppression", keyBytes));
  return {
    currentId,
    ids: [...byId.keys()],
    text: keys.map((key) => key.toString("base64")).join("\n"),
    seal(plain, place) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", current, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([
        nonce,
        cipher.update(plain, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${mark}${currentId}:${sealed.toString("base64")}`;
    },
    open(sealed, place) {
      const id = sealedWith(sealed);
      if (id === undefined) return sealed;
      const key = byId.get(id);
      if (!key)
        refuse(
          "conflict",
          "key.missing",
          `The key ${id}, with which texts of this garden are sealed, is not here. Put it back into secrets/encryption.keys, or add it to RONDELL_ENCRYPTION_KEY.`,
          { key: id },
        );
      const bytes = Buffer.from(sealed.slice(mark.length + id.length + 1), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(-tagBytes));
        return (
          decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8")
        );
      } catch {
        refuse("conflict", "key.damaged", `A sealed text (${place}) was changed since it was written.`, {
          place,
        });
      }
    },
    hash: (...parts) => createHmac("sha256", hashKey).update(JSON.stringify(parts)).digest(),
  };
}

/** The id of the key that sealed a text; undefined for one that is not sealed. */
export function sealedWith(text: string): string | undefined {
  return /^sealed:([0-9a-f]{8}):[A-Za-z0-9+/]+=*$/.exec(text)?.[1];
}

export const newKey = () => randomBytes(keyBytes).toString("base64");

function readKey(text: string): Buffer {
  const key = Buffer.from(text, "base64");
  return key.length === keyBytes ? key : refuseKey();
}

/** Tells keys apart and says nothing of them. */
const idOf = (key: Buffer) =>
  createHash("sha256").update("rondell key id").update(key).digest("hex").slice(0, 8);

function refuseKey(): never {
  refuse(
    "invalid",
    "key.unusable",
    "A key is 32 random bytes in base64, such as `openssl rand -base64 32` writes; of several the newest stands first.",
  );
}
