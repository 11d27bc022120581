import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Command, CommandFailed, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { expandGlobs } from "./files.ts";
import { resultText } from "./jobs.ts";
import { print } from "./output.ts";
import { followJob, openBar } from "./progress.ts";

const options = {
  mapping: {
    value: "NAME",
    summary: "A saved or ready mapping, such as uci-online-retail or olist.",
    required: true,
  },
  currency: { value: "GBP", summary: "The currency of amounts where the files name none." },
  timezone: { value: "Europe/London", summary: "The zone of times where the files name none." },
  basis: {
    value: "PURPOSE=BASIS,…",
    summary:
      "Lawful bases other than the defaults, such as measure=contract,personalise=consent; none takes one away.",
  },
  garden: shared.garden,
  json: shared.json,
} as const;

export const importOrdersCommand: Command = {
  name: "import orders",
  operands: "<files…>",
  summary: "Import order data from CSV files, also gzipped ones.",
  options,
  async run(args) {
    const { values, operands } = readArgs(args, options, "some");
    const files = await expandGlobs(operands);
    const basis = readBasis(values.basis);
    const result = await withServer(values.garden, async (server) => {
      const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const bar = values.json ? undefined : openBar("Sending");
      const ids: string[] = [];
      let sent = 0;
      for (const file of files) {
        const bytes = createReadStream(file);
        bytes.on("data", (part) => {
          sent += part.length;
          bar?.show(total ? sent / total : 1);
        });
        const { fileId } = await server.upload<{ fileId: string }>(
          `/api/imports/files?name=${encodeURIComponent(basename(file))}`,
          bytes,
        );
        ids.push(fileId);
      }
      bar?.end();
      const begun = await server.call<{ id: string; job: string }>("POST", "/api/imports", {
        kind: "orders",
        mapping: values.mapping,
        files: ids,
        ...(values.currency ? { currency: values.currency } : {}),
        ...(values.timezone ? { timezone: values.timezone } : {}),
        ...(basis ? { basis } : {}),
      });
      await followJob(server, begun.job, "Importing", values.json);
      return server.call<Record<string, unknown>>("GET", `/api/imports/${begun.id}`);
    });
    print(values.json, result, () => resultText(result));
  },
};

/** `measure=contract,contact=none` as an object; `none` is null. */
function readBasis(text: string | undefined): Record<string, string | null> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [purpose, basis, ...more] = part.split("=").map((word) => word.trim());
      if (!purpose || !basis || more.length) {
        throw new CommandFailed(
          "usage",
          "--basis is written as measure=contract,personalise=legitimate_interest.",
        );
      }
      return [purpose, basis === "none" ? null : basis];
    }),
  );
}
