import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

const fileOf = (dataDir: string, name: string) => join(dataDir, "secrets", name);

/**
 * The secret of that name in `<dataDir>/secrets`, made from `bytes` random bytes when there is none yet.
 * Only the account that runs the server can read the file (mode 0600).
 */
export async function keptSecret(dataDir: string, name: string, bytes = 48): Promise<string> {
  await mkdir(join(dataDir, "secrets"), { recursive: true, mode: 0o700 });
  try {
    const file = await open(fileOf(dataDir, name), "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(bytes).toString("base64url")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const secret = (await readFile(fileOf(dataDir, name), "utf8")).trim();
  if (!secret)
    throw new Error(`The secret ${fileOf(dataDir, name)} is empty: remove the file and start again.`);
  return secret;
}

export async function dropSecret(dataDir: string, name: string): Promise<void> {
  await rm(fileOf(dataDir, name), { force: true });
}
