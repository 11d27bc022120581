import { createWriteStream } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BackupManifest } from "../garden/backup.ts";
import { sha256Of } from "../platform/sha256.ts";
import { type Command, CommandFailed, readArgs, shared } from "./command.ts";
import { type Connection, withServer } from "./connection.ts";
import { count, pairs, print } from "./output.ts";
import { openBar } from "./progress.ts";

const options = {
  to: { value: "DIR", summary: "An empty or new folder for the backup.", required: true },
  garden: { value: "ID", summary: "Only this garden; all of them where nothing is said." },
  json: shared.json,
} as const;

export const backupCommand: Command = {
  name: "backup",
  summary: "Copy whole gardens, both engines, into a folder, while Rondell goes on.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const to = resolve(values.to);
    await mkdir(to, { recursive: true, mode: 0o700 });
    if ((await readdir(to)).length)
      throw new CommandFailed("backup.not_empty", `${to} is not empty. Name a new folder.`);
    const manifest = await withServer(undefined, (server) =>
      fetchStaged(server, to, {
        ...(values.garden ? { gardens: [values.garden] } : {}),
        bar: values.json ? undefined : openBar("Backup"),
      }),
    );
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    print(
      values.json,
      { to, takenAt: manifest.takenAt, gardens: manifest.gardens, files: manifest.files.length, bytes },
      () =>
        pairs([
          ["folder", to],
          ["taken", manifest.takenAt],
          ["gardens", manifest.gardens.map((garden) => garden.id).join(", ")],
          ["files", manifest.files.length],
          ["size", `${count(Math.ceil(bytes / 1024))} kB`],
        ]),
    );
  },
};

/** Lets the server stage a backup, copies it into the folder `to` and checks every file; the manifest is written last. */
export async function fetchStaged(
  server: Connection,
  to: string,
  how: { gardens?: string[]; bar?: ReturnType<typeof openBar> },
): Promise<BackupManifest> {
  const { id, manifest } = await server.call<{ id: string; manifest: BackupManifest }>(
    "POST",
    "/api/backups",
    {
      ...(how.gardens ? { gardens: how.gardens } : {}),
    },
  );
  try {
    const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    let written = 0;
    for (const [at, file] of manifest.files.entries()) {
      const path = join(to, file.name);
      if (relative(to, path).startsWith("..")) {
        throw new CommandFailed("backup.damaged", `${file.name} lies outside of the backup.`);
      }
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(
        await server.download(`/api/backups/${id}/files/${at}`),
        createWriteStream(path, { flags: "wx", mode: 0o600 }),
      );
      if ((await sha256Of(path)) !== file.sha256) {
        throw new CommandFailed("backup.damaged", `${file.name} arrived damaged. Try again.`);
      }
      written += file.bytes;
      how.bar?.show(total ? written / total : 1);
    }
    how.bar?.end();
    await writeFile(join(to, "backup.json"), JSON.stringify(manifest, null, 2), { mode: 0o600 });
  } finally {
    // Also when the copying failed: the server keeps a copy of everything until it is told.
    await server.call("DELETE", `/api/backups/${id}`).catch(() => {});
  }
  return manifest;
}
