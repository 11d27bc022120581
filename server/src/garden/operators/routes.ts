import { z } from "zod";
import { refuse } from "../../platform/refusal.ts";
import { type Context, record } from "../context.ts";
import type { Gardens } from "../gardens.ts";
import { type Actor, type Garden, Language, Right, Role, rightsOf, ShownGarden } from "../model.ts";
import { gardenOf, type Route } from "../route.ts";
import { copyCookies, type Setup, SetupInput } from "../setup.ts";
import type { Auth } from "./auth.ts";
import { Email, Operator, Password, PersonName } from "./model.ts";
import { findOperator, findOperatorByEmail, listOperators, saveOperator } from "./store.ts";
import { changeOperator, inviteOperator, removeOperator, resetPassword } from "./verbs.ts";

const Me = z.object({
  /** Who calls: an operator, an API token or the command line. */
  operator: z.object({
    kind: z.enum(["operator", "token", "command"]),
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    role: Role.nullable(),
    language: Language,
  }),
  rights: z.array(Right),
  /** Whether the password is a one-time one: until it is replaced, nothing else is allowed. */
  mustChangePassword: z.boolean(),
  /** The garden that this call stands in; null before the setup. */
  garden: ShownGarden.nullable(),
  gardens: z.array(ShownGarden),
});
const OperatorId = z.object({ id: z.string().max(100) });
const Done = z.object({ done: z.literal(true) });

/** Setup, sign-in, who I am, and the operators. */
export function operatorsRoutes(
  route: Route,
  deps: { gardens: Gardens; auth: Auth; setup: Setup; now: () => Date },
): void {
  const { gardens, auth, setup } = deps;

  async function whoIs(actor: Actor, garden: Garden | undefined): Promise<z.infer<typeof Me>> {
    const operator =
      actor.kind === "operator" ? await findOperator(gardens.platformPool, actor.id) : undefined;
    const shown = (one: Garden) => ShownGarden.parse(one);
    return {
      operator: {
        kind: actor.kind === "operator" || actor.kind === "token" ? actor.kind : "command",
        id: actor.id,
        name: actor.name,
        email: operator?.email ?? null,
        role: operator?.role ?? null,
        language: operator?.language ?? garden?.language ?? "en",
      },
      rights: [...rightsOf(actor)],
      mustChangePassword: operator?.oneTimeUntil != null,
      garden: garden ? shown(garden) : null,
      gardens: (actor.kind === "token" ? (garden ? [garden] : []) : gardens.list()).map(shown),
    };
  }

  route({
    method: "GET",
    url: "/api/setup",
    access: "setup",
    tag: "Setup",
    summary: "Whether Rondell waits for its first visit",
    reply: z.object({ needed: z.boolean(), tokenNeeded: z.boolean() }),
    handler: async () => {
      const needed = await setup.isNeeded();
      return { needed, tokenNeeded: needed && (await setup.token()) !== undefined };
    },
  });

  route({
    method: "POST",
    url: "/api/setup",
    access: "setup",
    tag: "Setup",
    summary: "Make the brand's garden and its owner, and sign in",
    body: SetupInput,
    reply: z.object({ garden: z.string(), operator: z.string() }),
    refusals: ["setup.done", "setup.token_wrong", "setup.foreign_origin"],
    status: 201,
    handler: async ({ body, request, reply }) => {
      const { garden, operator } = await setup.run(request, body);
      const session = await auth.handle(request, "/sign-in/email", {
        email: body.email,
        password: body.password,
      });
      if (session.ok) copyCookies(session, reply);
      return { garden: garden.id, operator: operator.id };
    },
  });

  route({
    method: "POST",
    url: "/api/auth/sign-in/email",
    access: "public",
    tag: "Sign-in",
    summary: "Sign an operator in; the answer sets the session's cookie",
    body: z.object({
      email: Email,
      password: z.string().min(1).max(128),
      rememberMe: z.boolean().default(true),
    }),
    reply: z.object({ id: z.string(), name: z.string(), role: Role, mustChangePassword: z.boolean() }),
    refusals: ["session.wrong_password", "session.too_many", "session.foreign_origin", "password.expired"],
    handler: async ({ body, request, reply }) => {
      const operator = await findOperatorByEmail(gardens.platformPool, body.email);
      const answer = await auth.handle(request, "/sign-in/email", body);
      await refuseBadAnswer(answer, "session.wrong_password", "The e-mail or the password is not right.");
      if (!operator) throw new Error("Somebody signed in who is no operator.");
      if (operator.oneTimeUntil && operator.oneTimeUntil <= deps.now()) {
        refuse(
          "forbidden",
          "password.expired",
          "The one-time password has expired. Ask an owner for a new one.",
        );
      }
      copyCookies(answer, reply);
      return {
        id: operator.id,
        name: operator.name,
        role: operator.role,
        mustChangePassword: operator.oneTimeUntil !== null,
      };
    },
  });

  route({
    method: "POST",
    url: "/api/auth/sign-out",
    access: "public",
    tag: "Sign-in",
    summary: "End the session",
    reply: Done,
    handler: async ({ request, reply }) => {
      const answer = await auth.handle(request, "/sign-out", {});
      await refuseBadAnswer(answer, "session.missing", "Nobody is signed in.");
      copyCookies(answer, reply);
      return { done: true as const };
    },
  });

  route({
    method: "GET",
    url: "/api/me",
    access: "operator",
    tag: "Sign-in",
    summary: "Who is calling, with which rights and in which garden",
    reply: Me,
    handler: ({ ctx }) => whoIs(ctx.actor, ctx.garden),
  });

  route({
    method: "PATCH",
    url: "/api/me",
    access: "operator",
    tag: "Sign-in",
    summary: "Change one's own name or language",
    body: z.object({ name: PersonName.optional(), language: Language.optional() }),
    reply: Done,
    refusals: ["operator.missing"],
    handler: async ({ ctx, body }) => {
      await ctx.inTransaction(async (tx) => {
        const operator = await findOperator(tx, ctx.actor.id);
        if (!operator) refuse("missing", "operator.missing", "There is no such operator.");
        const after = {
          ...operator,
          name: body.name ?? operator.name,
          language: body.language ?? operator.language,
        };
        await saveOperator(tx, after, ctx.now());
        const shown = ({ name, language }: Operator) => ({ name, language });
        await record(tx, ctx, "operator.changed", operator.id, shown(operator), shown(after));
      });
      return { done: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/me/password",
    access: "operator",
    tag: "Sign-in",
    summary: "Choose another password; every other session ends",
    body: z.object({ currentPassword: z.string().min(1).max(128), newPassword: Password }),
    reply: Done,
    refusals: ["password.wrong", "password.same", "session.too_many"],
    handler: async ({ ctx, body, request, reply }) => {
      // What is written down of it stands in a garden.
      gardenOf(ctx);
      if (body.newPassword === body.currentPassword) {
        refuse("invalid", "password.same", "Choose a password that differs from the present one.");
      }
      const answer = await auth.handle(request, "/change-password", { ...body, revokeOtherSessions: true });
      await refuseBadAnswer(answer, "password.wrong", "The present password is not right.");
      copyCookies(answer, reply);
      await ctx.inTransaction(async (tx) => {
        const operator = await findOperator(tx, ctx.actor.id);
        if (operator?.oneTimeUntil) await saveOperator(tx, { ...operator, oneTimeUntil: null }, ctx.now());
        await record(tx, ctx, "operator.password_changed", ctx.actor.id, null, null);
      });
      return { done: true as const };
    },
  });

  const access = { right: "operators:write" } as const;
  // Operators are those of the whole installation: a token of one garden must not open the others.
  const refuseToken = (ctx: Context) => {
    if (ctx.actor.kind === "token")
      refuse(
        "forbidden",
        "operator.token",
        "Operators are changed by an owner or on the command line, not by a token.",
      );
  };
  route({
    method: "GET",
    url: "/api/operators",
    access,
    tag: "Operators",
    summary: "Everybody who may sign in",
    reply: z.object({ operators: z.array(Operator) }),
    handler: async ({ ctx }) => ({ operators: await listOperators(ctx.pool) }),
  });
  route({
    method: "POST",
    url: "/api/operators",
    access,
    tag: "Operators",
    summary: "Invite a colleague; the answer holds a one-time password to hand over",
    body: z.object({ name: PersonName, email: Email, role: Role }),
    reply: z.object({ operator: Operator, oneTimePassword: z.string() }),
    refusals: ["operator.email_taken", "operator.token"],
    status: 201,
    handler: ({ ctx, body }) => {
      refuseToken(ctx);
      return inviteOperator(ctx, body);
    },
  });
  route({
    method: "PATCH",
    url: "/api/operators/:id",
    access,
    tag: "Operators",
    summary: "Change an operator's name or role",
    params: OperatorId,
    body: z.object({ name: PersonName.optional(), role: Role.optional() }),
    reply: Operator,
    refusals: ["operator.missing", "operator.last_owner", "operator.token"],
    handler: ({ ctx, params, body }) => {
      refuseToken(ctx);
      return changeOperator(ctx, params.id, body);
    },
  });
  route({
    method: "POST",
    url: "/api/operators/:id/password",
    access,
    tag: "Operators",
    summary: "Give an operator a new one-time password; their sessions end",
    params: OperatorId,
    reply: z.object({ oneTimePassword: z.string() }),
    refusals: ["operator.missing", "operator.token"],
    handler: ({ ctx, params }) => {
      refuseToken(ctx);
      return resetPassword(ctx, params.id);
    },
  });
  route({
    method: "DELETE",
    url: "/api/operators/:id",
    access,
    tag: "Operators",
    summary: "Take an operator's access away",
    params: OperatorId,
    reply: Done,
    refusals: ["operator.missing", "operator.last_owner", "operator.token"],
    handler: async ({ ctx, params }) => {
      refuseToken(ctx);
      await removeOperator(ctx, params.id);
      return { done: true as const };
    },
  });
}

/** Says in our words why better-auth did not do what it was asked. */
async function refuseBadAnswer(answer: Response, code: string, message: string): Promise<void> {
  if (answer.ok) return;
  if (answer.status === 429) {
    refuse("too_many", "session.too_many", "Too many tries. Wait a minute and try again.", {
      retryAfterSeconds: Number(answer.headers.get("x-retry-after") ?? 60),
    });
  }
  const { code: theirs } = (await answer.json().catch(() => ({}))) as { code?: string };
  if (answer.status === 403) {
    refuse("forbidden", "session.foreign_origin", "Open Rondell at its own address, and sign in there.", {
      reason: theirs,
    });
  }
  if (answer.status === 400 || answer.status === 401)
    refuse(answer.status === 400 ? "invalid" : "unauthenticated", code, message);
  throw new Error(`Sign-in answered ${answer.status} ${theirs ?? ""}`);
}
