import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Garden } from "../../garden/index.ts";
import type { Seal } from "./seal.ts";

const Anchor = z.object({ number: z.number(), uptoId: z.number(), entries: z.number(), hash: z.string() });
export type Anchor = z.infer<typeof Anchor>;

/** Where seals are written down outside of the database: who can change the one cannot change the other unseen. */
export interface Anchors {
  add(garden: Garden, seal: Seal): Promise<void>;
  read(garden: Garden): Promise<Anchor[]>;
}

/** Anchors as lines of a file for each garden, below the data folder. */
export function openAnchors(dataDir: string): Anchors {
  const dir = join(dataDir, "anchors");
  // A garden that was dropped and made again under its old name is another one.
  const fileOf = ({ id, salt }: Garden) =>
    join(dir, `consent-${id}-${createHash("sha256").update(salt).digest("hex").slice(0, 8)}.jsonl`);
  return {
    async add(garden, { number, uptoId, entries, hash, sealedAt }) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const line = { number, uptoId, entries, hash: hash.toString("hex"), sealedAt };
      await appendFile(fileOf(garden), `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
    },
    async read(garden) {
      const text = await readFile(fileOf(garden), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      return text.split("\n").flatMap((line) => {
        // The end of the process in the middle of a line leaves a part of it: that seal has no anchor.
        const anchor = line ? Anchor.safeParse(parsed(line)) : undefined;
        return anchor?.success ? [anchor.data] : [];
      });
    },
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
