import { createHash, timingSafeEqual } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Config } from "../config.ts";
import { isCommand } from "../platform/command-socket.ts";
import { withTransaction } from "../platform/postgres/index.ts";
import { refuse } from "../platform/refusal.ts";
import { dropSecret, keptSecret } from "../platform/secrets.ts";
import { record } from "./context.ts";
import type { Gardens } from "./gardens.ts";
import { Brand, Currency, type Garden, Language, Timezone } from "./model.ts";
import { type Auth, isLoopback } from "./operators/auth.ts";
import { Email, type Operator, Password, PersonName } from "./operators/model.ts";
import { hasOperators, insertOperator } from "./operators/store.ts";

export const SetupInput = z.object({
  /** From the address that the server printed; needed where others can reach the server. */
  token: z.string().max(200).optional(),
  language: Language,
  brand: Brand,
  currency: Currency,
  timezone: Timezone,
  name: PersonName.optional(),
  email: Email,
  password: Password,
});
export type SetupInput = z.infer<typeof SetupInput>;

export interface Setup {
  /** Whether nobody has set Rondell up yet. */
  isNeeded(): Promise<boolean>;
  /** What `POST /api/setup` asks for besides; undefined on loopback, where the first comer may. */
  token(): Promise<string | undefined>;
  /** The address to print: it carries the one-time token while one is needed. */
  urlToOpen(base: string): Promise<string>;
  run(request: FastifyRequest, input: SetupInput): Promise<{ garden: Garden; operator: Operator }>;
}

const secretName = "setup-token";

/** The first visit: makes the brand's garden and its owner, once. */
export function openSetup(around: {
  config: Pick<Config, "dataDir" | "host" | "publicUrl">;
  gardens: Gardens;
  auth: Auth;
  now: () => Date;
}): Setup {
  const { config, gardens } = around;
  const isNeeded = async () => !(await hasOperators(gardens.platformPool));
  const isOpen = isLoopback(config.host) && !config.publicUrl;
  const token = async () =>
    isOpen || !(await isNeeded()) ? undefined : keptSecret(config.dataDir, secretName, 24);

  return {
    isNeeded,
    token,
    async urlToOpen(base) {
      const needed = await token();
      return needed ? `${base}/setup?token=${needed}` : base;
    },
    async run(request, input) {
      if (!(await isNeeded())) refuseSecond();
      if (!isCommand(request.raw)) refuseStranger(around.auth, request, input, await token());
      const passwordHash = await hashPassword(input.password);
      const result = await withTransaction(gardens.platformPool, async (tx) => {
        // Two browsers at once: the second waits here, and then finds the first one's operator.
        await tx.query("select pg_advisory_xact_lock(hashtextextended('rondell.setup', 0))");
        if (await hasOperators(tx)) refuseSecond();
        const garden = await brandGarden(gardens, input);
        const at = around.now();
        const operator = await insertOperator(tx, {
          name: input.name ?? input.email.split("@")[0]!,
          email: input.email,
          role: "owner",
          language: input.language,
          passwordHash,
          oneTimeUntil: null,
          at,
        });
        return { garden, operator: operator! };
      });
      const { garden, operator } = result;
      const ctx = gardens.context(garden.id, {
        kind: "operator",
        id: operator.id,
        name: operator.name,
        role: "owner",
      });
      await ctx.inTransaction((tx) =>
        record(tx, ctx, "garden.set_up", garden.id, null, {
          brand: garden.brand,
          language: garden.language,
          currency: garden.currency,
          timezone: garden.timezone,
          owner: operator.email,
        }),
      );
      await dropSecret(config.dataDir, secretName);
      return result;
    },
  };
}

/** The brand's garden: made, or, after a setup that broke off half-way, taken as it is and corrected. */
async function brandGarden(gardens: Gardens, input: SetupInput): Promise<Garden> {
  const { brand, language, currency, timezone } = input;
  const begun = gardens.list().find((garden) => !garden.synthetic);
  if (begun) return gardens.change(begun.id, { brand, language, currency, timezone });
  return gardens.create({ id: gardenId(brand, gardens), brand, language, currency, timezone });
}

/** An id from the brand's name, which nothing shows; letters that have no ASCII form fall away. */
function gardenId(brand: string, gardens: Gardens): string {
  const text = brand
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 30);
  const base = text.length >= 2 ? text : "brand";
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}_${n}`;
    if (!gardens.find(id)) return id;
  }
}

function refuseSecond(): never {
  refuse("conflict", "setup.done", "Rondell is set up already. Sign in, or ask an owner to invite you.");
}

function refuseStranger(
  auth: Auth,
  request: FastifyRequest,
  input: SetupInput,
  token: string | undefined,
): void {
  const { origin } = request.headers;
  if (origin !== undefined && !auth.isOwnOrigin(origin, request)) {
    refuse(
      "forbidden",
      "setup.foreign_origin",
      "Open the address that the server printed, and set Rondell up there.",
    );
  }
  if (token === undefined) return;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  if (!timingSafeEqual(digest(input.token ?? ""), digest(token))) {
    refuse(
      "forbidden",
      "setup.token_wrong",
      "Open the address that the server printed: it carries the token for the setup.",
    );
  }
}

/** Copies what better-auth answers besides its body: the session's cookies. */
export function copyCookies(from: Response, reply: FastifyReply): void {
  for (const cookie of from.headers.getSetCookie()) reply.header("set-cookie", cookie);
}
