import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { print, table } from "./output.ts";

interface Mail {
  recipient: string;
  subject: string;
  state: string;
  reason: string | null;
  attempts: number;
  createdAt: string;
  endedAt: string | null;
}

const options = { garden: shared.garden, json: shared.json } as const;

export const mailsCommand: Command = {
  name: "mails",
  summary: "The last mails: what was sent, what waits, what was not sent and why.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const { mails } = await withServer(values.garden, (server) =>
      server.call<{ mails: Mail[] }>("GET", "/api/mails?max=50"),
    );
    print(values.json, mails, () =>
      mails.length
        ? table(
            mails.map(({ recipient, subject, state, reason, endedAt, createdAt }) => ({
              at: endedAt ?? createdAt,
              to: recipient,
              subject,
              state: reason ? `${state}: ${reason}` : state,
            })),
          )
        : "No mail yet.",
    );
  },
};
