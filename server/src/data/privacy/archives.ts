import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** The folder of the files that are made for people about themselves. Every name in it is of our own making. */
export class Archives {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  folder(garden: string): string {
    return join(this.#dataDir, "exports", garden);
  }
  path(garden: string, id: string): string {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new Error(`Bad archive ${id}`);
    return join(this.folder(garden), `${id}.zip`);
  }
  remove(garden: string, id: string): Promise<void> {
    return rm(this.path(garden, id), { force: true });
  }
  /** Removes files of which nothing is known, as a killed process leaves them. */
  async removeOthers(garden: string, known: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.folder(garden)).catch(() => [] as string[]))
      if (!known.has(name)) await rm(join(this.folder(garden), name), { force: true });
  }
}
