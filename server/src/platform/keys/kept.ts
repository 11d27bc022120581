import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type KeyRing, newKey, ringOf } from "./ring.ts";

/** The keys of an installation: given by its surroundings, or kept in a file of the data folder. */
export interface Keys {
  ring(): KeyRing;
  /** Puts a new key in front. Keys that are given stay as they are: whoever gives them changes them. */
  add(): Promise<KeyRing>;
  /**
   * Leaves the newest and the first one; the first keys the hashes and is never dropped. `unneeded` is the ring with which all
   * texts were found to be sealed: where a newer key came meanwhile, they still need its newest, and nothing is dropped.
   */
  dropOld(unneeded: KeyRing): Promise<KeyRing>;
}

/** Opens the keys: those that are `given`, or `<dataDir>/secrets/encryption.keys`, made where there is none. */
export async function openKeys(at: { dataDir: string; given?: string | undefined }): Promise<Keys> {
  if (at.given !== undefined) {
    const ring = ringOf(at.given);
    // Whoever gives the keys puts a new one in front, and starts again; then the texts follow.
    return { ring: () => ring, add: async () => ring, dropOld: async () => ring };
  }
  const path = join(at.dataDir, "secrets", "encryption.keys");
  let ring = ringOf(await readOrMake(path));
  let writing: Promise<unknown> = Promise.resolve();
  // One change after the other: each builds on what the one before left.
  const change = (textOf: () => string): Promise<KeyRing> => {
    const changed = writing.then(async () => {
      const text = textOf();
      if (text === ring.text) return ring;
      const next = ringOf(text);
      await writeDurably(`${path}.new`, text, "w");
      await rename(`${path}.new`, path);
      ring = next;
      return next;
    });
    writing = changed.catch(() => {});
    return changed;
  };
  return {
    ring: () => ring,
    add: () => change(() => `${newKey()}\n${ring.text}`),
    dropOld: (unneeded) =>
      change(() => {
        const keys = ring.text.split("\n");
        return keys.length > 2 && ring.text === unneeded.text ? `${keys[0]}\n${keys.at(-1)}` : ring.text;
      }),
  };
}

async function readOrMake(path: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  await writeDurably(path, newKey(), "wx").catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return readFile(path, "utf8");
}

/** Only the account that runs the server can read the file. */
async function writeDurably(path: string, text: string, flags: "w" | "wx"): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(`${text.trim()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
