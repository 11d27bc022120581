import { resolve } from "node:path";
import { isServed } from "../platform/command-socket.ts";
import { type Command, CommandFailed, readArgs, shared } from "./command.ts";
import { commandConfig } from "./connection.ts";
import { pairs, print } from "./output.ts";

const options = {
  from: { value: "DIR", summary: "The folder of the backup.", required: true },
  erasures: {
    value: "FILE",
    summary: "erasures.jsonl of the former data folder: whoever was erased since the backup is erased again.",
  },
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
    const [{ pino }, { openStores }, { restoreBackup }, privacy, { personStores }, imports, { openGardens }] =
      await Promise.all([
        import("pino"),
        import("../stores.ts"),
        import("../garden/backup.ts"),
        import("../data/privacy/index.ts"),
        import("../person-stores.ts"),
        import("../data/imports/index.ts"),
        import("../garden/index.ts"),
      ]);
    const log = pino({ level: "warn", base: null }, pino.destination(2));
    // Read before anything is changed: a list that cannot be read must not be found out afterwards.
    const erasures = values.erasures ? await privacy.readErasures(resolve(values.erasures)) : undefined;
    const stores = await openStores(config, { log });
    try {
      const manifest = await restoreBackup({
        dir: resolve(values.from),
        projectDir: config.projectDir,
        ...stores,
        log,
      });
      let erased = 0;
      if (erasures) {
        const gardens = await openGardens({ config, ...stores, log, now: () => new Date() });
        try {
          const places = {
            archives: new privacy.Archives(config.dataDir),
            staging: new imports.Staging(config.dataDir),
            dataDir: config.dataDir,
          };
          const parts = { stores: personStores(places), dataDir: config.dataDir };
          for (const { id } of gardens.list()) {
            const ctx = gardens.context(id, { kind: "command", id: "command", name: "restore" });
            erased += await privacy.replayErasures(ctx, parts, erasures);
          }
        } finally {
          await gardens.close();
        }
      }
      print(values.json, { erased, takenAt: manifest.takenAt, gardens: manifest.gardens }, () =>
        pairs([
          ["taken", manifest.takenAt],
          ["gardens", manifest.gardens.map((garden) => garden.id).join(", ")],
          ["erased again", erasures ? erased : "nobody: name the list by --erasures"],
          [
            "",
            'Restored. Keys are in no backup: put secrets/encryption.keys of the former data folder into this one. Then start it with "rondell start"; operators sign in again.',
          ],
        ]),
      );
    } finally {
      await stores.close();
    }
  },
};
