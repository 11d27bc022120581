import { resolve } from "node:path";
import { isServed } from "../platform/command-socket.ts";
import { type Command, CommandFailed, readArgs, shared } from "./command.ts";
import { commandConfig } from "./connection.ts";
import { pairs, print } from "./output.ts";

const options = {
  from: { value: "DIR", summary: "The folder of the backup.", required: true },
  json: shared.json,
} as const;

export const restoreCommand: Command = {
  name: "restore",
  summary: "Bring a backup into an empty data folder; Rondell must not be running on it.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const config = commandConfig();
    if (await isServed(config.dataDir)) {
      throw new CommandFailed(
        "restore.running",
        `Rondell is running on ${config.dataDir}. Stop it, and restore into an empty data folder.`,
      );
    }
    const [{ pino }, { openStores }, { restoreBackup }] = await Promise.all([
      import("pino"),
      import("../stores.ts"),
      import("../garden/backup.ts"),
    ]);
    const log = pino({ level: "warn", base: null }, pino.destination(2));
    const stores = await openStores(config, { log });
    try {
      const manifest = await restoreBackup({
        dir: resolve(values.from),
        projectDir: config.projectDir,
        ...stores,
        log,
      });
      print(values.json, { takenAt: manifest.takenAt, gardens: manifest.gardens }, () =>
        pairs([
          ["taken", manifest.takenAt],
          ["gardens", manifest.gardens.map((garden) => garden.id).join(", ")],
          ["", 'Restored. Start it with "rondell start"; operators sign in again.'],
        ]),
      );
    } finally {
      await stores.close();
    }
  },
};
