import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { roleMax, TraitsInput } from "./model.ts";
import { addMember, changeAccount, changeRole, createAccount, removeMember, setParent } from "./verbs.ts";

const Id = z.object({ id: z.string().max(40) });
const Member = Id.extend({ member: z.coerce.number().int().positive() });
const Done = z.object({ ok: z.literal(true) });
const done = { ok: true as const };
const accountId = (text: string) => parseId("account", text);

/** What operators change of accounts; what is seen of them is in `loop/account`. */
export function accountRoutes(route: Route): void {
  const write = { right: "data:write" } as const;
  const tag = "Accounts";
  route({
    method: "POST",
    url: "/api/accounts",
    access: write,
    tag,
    summary: "Make an account by hand",
    description: "`number` is the account's `groupId`: calls with it speak of this account.",
    body: z.object({ number: z.string().trim().min(1).max(255), traits: TraitsInput }),
    reply: z.object({ id: z.string() }),
    refusals: ["account.bad_number", "account.exists", "account.nameless"],
    status: 201,
    handler: async ({ ctx, body }) => ({ id: publicId("account", (await createAccount(ctx, body)).id) }),
  });

  route({
    method: "PATCH",
    url: "/api/accounts/:id",
    access: write,
    tag,
    summary: "Change traits of an account; null removes one",
    params: Id,
    body: z.object({ traits: TraitsInput }),
    reply: Done,
    refusals: ["account.missing"],
    handler: async ({ ctx, params, body }) => {
      await changeAccount(ctx, accountId(params.id), body.traits);
      return done;
    },
  });

  route({
    method: "PUT",
    url: "/api/accounts/:id/parent",
    access: write,
    tag,
    summary: "Say to which account an account belongs, or to none",
    params: Id,
    body: z.object({ parent: z.string().max(40).nullable() }),
    reply: Done,
    refusals: ["account.missing", "account.circle"],
    handler: async ({ ctx, params, body }) => {
      await setParent(ctx, accountId(params.id), body.parent === null ? null : accountId(body.parent));
      return done;
    },
  });

  route({
    method: "POST",
    url: "/api/accounts/:id/members",
    access: write,
    tag,
    summary: "Put a customer into an account",
    description:
      "`since` is when that began; now where it is left out. What the customer did from then on counts for the account.",
    params: Id,
    body: z.object({
      customer: z.string().max(40),
      role: z.string().max(roleMax).default(""),
      since: z.iso.datetime({ offset: true }).optional(),
    }),
    reply: Done,
    refusals: ["account.missing", "customer.missing", "member.exists", "member.in_the_future"],
    status: 201,
    handler: async ({ ctx, params, body }) => {
      await addMember(ctx, accountId(params.id), {
        customerId: parseId("customer", body.customer),
        role: body.role,
        since: body.since === undefined ? undefined : new Date(body.since),
      });
      return done;
    },
  });

  route({
    method: "PATCH",
    url: "/api/accounts/:id/members/:member",
    access: write,
    tag,
    summary: "Say what a member is in the account",
    description: "What only a browser said of itself counts as the brand's word from then on.",
    params: Member,
    body: z.object({ role: z.string().max(roleMax) }),
    reply: Done,
    refusals: ["account.missing", "member.missing"],
    handler: async ({ ctx, params, body }) => {
      await changeRole(ctx, accountId(params.id), params.member, body.role);
      return done;
    },
  });

  route({
    method: "DELETE",
    url: "/api/accounts/:id/members/:member",
    access: write,
    tag,
    summary: "Take a member out of an account",
    description:
      "What they did until now stays the account's. Calls do not bring them back; an operator can.",
    params: Member,
    reply: Done,
    refusals: ["account.missing", "member.missing"],
    handler: async ({ ctx, params }) => {
      await removeMember(ctx, accountId(params.id), params.member);
      return done;
    },
  });
}
