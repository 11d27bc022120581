import { type Command, readArgs, shared, UsageError } from "./command.ts";
import { withServer } from "./connection.ts";
import { pairs, print } from "./output.ts";

interface Erasure {
  id: string;
  unreachableAt: string;
  goneAt: string | null;
  receipt: { subjects: number; stores: { engine: string; store: string; count: number }[] };
}

const options = {
  customer: { value: "ID", summary: "The customer's id, such as cus_00002a." },
  kind: {
    value: "KIND",
    summary: "The kind of the identifier: email, user_id, anonymous_id, or an import's.",
  },
  value: { value: "TEXT", summary: "The identifier." },
  anonymise: { summary: "Keep what they did under nobody's id, for statistics." },
  garden: shared.garden,
  json: shared.json,
} as const;

export const eraseCommand: Command = {
  name: "erase",
  summary: "Erase a person everywhere, and print the receipt.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const byIdentifier = values.kind !== undefined && values.value !== undefined;
    if ((values.customer !== undefined) === byIdentifier)
      throw new UsageError("Name the person by --customer, or by --kind and --value.");
    const whom = byIdentifier ? { kind: values.kind, value: values.value } : { customerId: values.customer };
    const mode = values.anonymise ? "anonymise" : "erase";
    const erasure = await withServer(values.garden, (server) =>
      server.call<Erasure>("POST", "/api/privacy/erasures", { whom, mode }),
    );
    print(values.json, erasure, () =>
      pairs([
        ["receipt", erasure.id],
        ["unreachable", erasure.unreachableAt],
        ["gone from the disks", erasure.goneAt ?? "within 24 hours"],
        ["ids of the person", erasure.receipt.subjects],
        ...erasure.receipt.stores
          .filter((one) => one.count > 0)
          .map((one) => [`${one.engine} ${one.store}`, one.count] as const),
      ]),
    );
  },
};
