import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { count, print } from "./output.ts";
import { followJob } from "./progress.ts";

interface CheckResult {
  entries: number;
  erased: number;
  chains: number;
  seals: number;
  at: string;
  whole: boolean;
  fault: null | { kind: string; entry: number | null; seal: number | null; purpose: string | null };
}

const options = { garden: shared.garden, json: shared.json } as const;

export const consentVerifyCommand: Command = {
  name: "consent verify",
  summary:
    "Check the ledger of consent: every entry, every chain, every seal. Exit code 1 when it does not fit.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const result = await withServer(values.garden, async (server) => {
      const { jobId } = await server.call<{ jobId: string }>("POST", "/api/consent/ledger/verify");
      return (await followJob(server, jobId, "Ledger", values.json)) as CheckResult;
    });
    if (!result.whole) process.exitCode = 1;
    print(values.json, result, () => textOf(result));
  },
};

function textOf({ entries, erased, chains, seals, fault }: CheckResult): string {
  const length = `${count(entries)} entries in ${count(chains)} chains, ${count(erased)} of them erased, ${count(seals)} seals`;
  if (!fault) return `The ledger is whole: ${length}.`;
  const where =
    fault.entry === null ? (fault.seal === null ? "" : ` at seal ${fault.seal}`) : ` at entry ${fault.entry}`;
  return `The ledger does not fit${where}${fault.purpose ? ` (${fault.purpose})` : ""}: ${meanings[fault.kind] ?? fault.kind}\n${length}.`;
}

const meanings: Record<string, string> = {
  entry_changed: "it was changed, moved or put in after it was written.",
  entry_missing: "an entry before it is gone.",
  answer_unfounded: "an answer counts that no entry gave.",
  seal_broken: "entries under this seal are gone, were added or changed.",
  tail_cut:
    "seals that were written down in the data folder are gone from the database: the end of the ledger was cut off.",
};
