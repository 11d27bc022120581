import { type Command, readArgs, shared, UsageError } from "./command.ts";
import { withServer } from "./connection.ts";
import { pairs, print } from "./output.ts";

const setupOptions = {
  brand: { value: "NAME", summary: "The brand's name.", required: true },
  name: { value: "NAME", summary: "The owner's name; the part before the @ where nothing is said." },
  email: { value: "ADDRESS", summary: "The owner's e-mail, for signing in.", required: true },
  password: {
    value: "TEXT",
    summary: "The owner's password, 10 characters or more; - reads it from the input.",
    required: true,
  },
  language: { value: "en|de", summary: "The language; English where nothing is said." },
  currency: { value: "EUR", summary: "The currency that the garden counts in.", required: true },
  timezone: { value: "Europe/Berlin", summary: "The zone whose days are counted.", required: true },
  json: shared.json,
} as const;

export const setupCommand: Command = {
  name: "setup",
  summary: "Make the brand's garden and its owner, once.",
  options: setupOptions,
  async run(args) {
    const { values } = readArgs(args, setupOptions);
    const { json, language = "en", password, ...rest } = values;
    const input = { ...rest, language, password: password === "-" ? await readInput() : password };
    const made = await withServer(undefined, (server) =>
      server.call<{ garden: string; operator: string }>("POST", "/api/setup", input),
    );
    print(json, made, () => `The garden ${made.garden} is ready. Sign in as ${values.email}.`);
  },
};

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

const sourceOptions = {
  name: { value: "NAME", summary: "What the source is called.", required: true },
  kind: {
    value: "browser|server",
    summary: "Where it runs: a browser asks for consent, a server states its basis.",
    required: true,
  },
  garden: shared.garden,
  json: shared.json,
} as const;

export const sourceCreateCommand: Command = {
  name: "source create",
  summary: "Make a source of events and print its write key.",
  options: sourceOptions,
  async run(args) {
    const { values } = readArgs(args, sourceOptions);
    if (values.kind !== "browser" && values.kind !== "server")
      throw new UsageError("--kind is browser or server.");
    const source = await withServer(values.garden, (server) =>
      server.call<{ id: string; writeKey: string; snippet: string }>("POST", "/api/sources", {
        name: values.name,
        kind: values.kind,
      }),
    );
    print(
      values.json,
      { id: source.id, writeKey: source.writeKey },
      () =>
        `${pairs([
          ["source", source.id],
          ["write key", source.writeKey],
        ])}\n\n${source.snippet}`,
    );
  },
};

const tokenOptions = {
  name: { value: "NAME", summary: "What the token is for; api where nothing is said." },
  scopes: {
    value: "A,B",
    summary: "The rights, with commas between, such as collect:write,decide:read.",
    required: true,
  },
  garden: shared.garden,
  json: shared.json,
} as const;

export const tokenCreateCommand: Command = {
  name: "token create",
  summary: "Make a secret API token; it is shown once.",
  options: tokenOptions,
  async run(args) {
    const { values } = readArgs(args, tokenOptions);
    const scopes = values.scopes
      .split(",")
      .map((scope) => scope.trim())
      .filter(Boolean);
    const made = await withServer(values.garden, (server) =>
      server.call<{ id: string; token: string }>("POST", "/api/tokens", {
        name: values.name ?? "api",
        scopes,
      }),
    );
    print(values.json, { id: made.id, token: made.token }, () =>
      pairs([
        ["token", made.token],
        ["id", made.id],
        ["", "Keep it: it is not shown again."],
      ]),
    );
  },
};
