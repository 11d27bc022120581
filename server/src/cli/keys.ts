import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { resultText } from "./jobs.ts";
import { print } from "./output.ts";
import { followJob } from "./progress.ts";

const options = { json: shared.json } as const;

export const keysRotateCommand: Command = {
  name: "keys rotate",
  summary:
    "Make a new key for free text, and seal everything with it; what is cut short goes on at the next start.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const result = await withServer(undefined, async (server) => {
      const { jobId } = await server.call<{ jobId: string }>("POST", "/api/keys/rotate");
      return followJob(server, jobId, "Keys", values.json);
    });
    print(values.json, result, () => resultText(result));
  },
};
