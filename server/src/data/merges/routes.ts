import { z } from "zod";
import type { Context, Route } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { Refusal, refuse } from "../../platform/refusal.ts";
import { idsOf } from "../identity/index.ts";
import { customersById, getCustomer } from "../profiles/index.ts";
import { mergeCustomers, mergeMany } from "./merge.ts";
import { Preview, previewMerge } from "./preview.ts";
import { proposalRoutes } from "./proposals.ts";
import { type Entry, listEntries } from "./store.ts";
import { unmergeCustomers, unmergeMany } from "./unmerge.ts";

/** As many as one transaction takes while events wait for it. */
const mergesMax = 1000;
const refusedMerges = ["customer.missing", "merge.same", "merge.nameless"] as const;
const refusedUndoings = ["merge.missing", "merge.erased", "merge.undone"] as const;
type RefusedCode = (typeof refusedMerges)[number] | (typeof refusedUndoings)[number];

const Person = z.object({ id: z.string(), name: z.string().nullable() });

const Shown = z.object({
  id: z.number(),
  kind: z.enum(["merge", "unmerge"]),
  /** Who goes on, and who was merged into it; null where they were erased since. */
  survivor: Person.nullable(),
  joined: Person.nullable(),
  /** Of an entry that takes a merge back: which. */
  undoes: z.number().nullable(),
  at: z.string(),
  by: z.string(),
  /** When this merge was taken back; null where it stands. */
  undoneAt: z.string().nullable(),
});

const Page = z.object({
  max: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().positive().optional(),
});

/** Merging customers who are one person, taking it back, and the log of both. */
export function mergesRoutes(route: Route): void {
  proposalRoutes(route);
  const read = { right: "customers:read" } as const;
  const write = { right: "data:write" } as const;

  route({
    method: "POST",
    url: "/api/customers/:id/merges",
    access: write,
    tag: "Customers",
    summary: "Merge another known customer into this one, at once and undoable",
    description:
      "Of each trait the value said last counts, of consent the stricter answer until the customer answers again. Orders, counts, history and identifiers of both are the survivor's. No event is rewritten.",
    params: z.object({ id: z.string().max(40) }),
    body: z.object({ joined: z.string().max(40), proposal: z.number().int().positive().optional() }),
    reply: Shown,
    refusals: ["customer.missing", "merge.same", "merge.nameless"],
    status: 201,
    handler: async ({ ctx, params, body }) => {
      const [survivorId, joinedId] = [parseId("customer", params.id), parseId("customer", body.joined)];
      if (survivorId === undefined || joinedId === undefined)
        refuse("missing", "customer.missing", "There is no such customer.");
      const entry = await mergeCustomers(ctx, {
        survivorId,
        joinedId,
        ...(body.proposal === undefined ? {} : { proposalId: body.proposal }),
      });
      return (await shown(ctx, [entry]))[0]!;
    },
  });

  route({
    method: "POST",
    url: "/api/merges/:id/undo",
    access: write,
    tag: "Customers",
    summary: "Take a merge back: each of the two has again what is its own",
    description:
      "Events, identifiers, traits and answers that came meanwhile go with whom they were written for. Any merge can be taken back, whatever was merged before or since.",
    params: z.object({ id: z.coerce.number().int().positive() }),
    reply: Shown,
    refusals: ["merge.missing", "merge.erased", "merge.undone"],
    handler: async ({ ctx, params }) => (await shown(ctx, [await unmergeCustomers(ctx, params.id)]))[0]!,
  });

  const Outcomes = z.object({
    items: z.array(
      z.object({
        /** The entry in the log; null where it was refused. */
        merge: Shown.nullable(),
        /** Why not; of those nothing is changed. */
        refused: z.enum([...refusedMerges, ...refusedUndoings]).nullable(),
      }),
    ),
  });
  route({
    method: "POST",
    url: "/api/merges",
    access: write,
    tag: "Customers",
    summary: "Merge many pairs at once, as if one after the other",
    description:
      "Each pair is merged as by itself, and each can be taken back by itself. What cannot be merged is left out, and the answer says why; the others are merged.",
    body: z.object({
      merges: z
        .array(
          z.object({
            survivor: z.string().max(40),
            joined: z.string().max(40),
            proposal: z.number().int().positive().optional(),
          }),
        )
        .min(1)
        .max(mergesMax),
    }),
    reply: Outcomes,
    refusals: [],
    handler: async ({ ctx, body }) => {
      const outcomes = await mergeMany(
        ctx,
        body.merges.map(({ survivor, joined, proposal }) => ({
          // Nobody has the number 0: what is no id of a customer is refused as missing.
          survivorId: parseId("customer", survivor) ?? 0,
          joinedId: parseId("customer", joined) ?? 0,
          proposalId: proposal,
        })),
      );
      return { items: await shownOutcomes(ctx, outcomes) };
    },
  });

  route({
    method: "POST",
    url: "/api/merges/undo",
    access: write,
    tag: "Customers",
    summary: "Take many merges back at once, as if one after the other",
    description: "What cannot be taken back is left out, and the answer says why.",
    body: z.object({ merges: z.array(z.number().int().positive()).min(1).max(mergesMax) }),
    reply: Outcomes,
    refusals: [],
    handler: async ({ ctx, body }) => ({
      items: await shownOutcomes(ctx, await unmergeMany(ctx, body.merges)),
    }),
  });

  route({
    method: "GET",
    url: "/api/customers/:id/merges/preview",
    access: read,
    tag: "Customers",
    summary: "Two customers side by side, and what would be kept if the other were merged into this one",
    params: z.object({ id: z.string().max(40) }),
    query: z.object({ joined: z.string().max(40) }),
    reply: Preview,
    refusals: ["customer.missing"],
    handler: ({ ctx, params, query: ask }) =>
      previewMerge(ctx, {
        survivorId: parseId("customer", params.id),
        joinedId: parseId("customer", ask.joined),
      }),
  });

  route({
    method: "GET",
    url: "/api/merges",
    access: read,
    tag: "Customers",
    summary: "The log of merges, the newest first: who merged whom and when, and what was taken back",
    query: Page,
    reply: z.object({ items: z.array(Shown), next: z.number().nullable() }),
    handler: async ({ ctx, query: ask }) => {
      const entries = await listEntries(ctx.pool, ask);
      return {
        items: await shown(ctx, entries),
        next: entries.length === ask.max ? entries.at(-1)!.id : null,
      };
    },
  });

  route({
    method: "GET",
    url: "/api/customers/:id/merges",
    access: read,
    tag: "Customers",
    summary: "The log of merges of one customer, the newest first",
    params: z.object({ id: z.string().max(40) }),
    query: Page,
    reply: z.object({ items: z.array(Shown), next: z.number().nullable() }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params, query: ask }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      const entries = await listEntries(ctx.pool, {
        ...ask,
        customerIds: await idsOf(ctx.pool, customer.id),
      });
      return {
        items: await shown(ctx, entries),
        next: entries.length === ask.max ? entries.at(-1)!.id : null,
      };
    },
  });
}

/** What came of each of many, in their order. */
async function shownOutcomes(ctx: Context, outcomes: readonly (Entry | Refusal)[]) {
  const entries = outcomes.filter((one): one is Entry => !(one instanceof Refusal));
  const items = new Map((await shown(ctx, entries)).map((one) => [one.id, one]));
  return outcomes.map((one) =>
    one instanceof Refusal
      ? { merge: null, refused: one.code as RefusedCode }
      : { merge: items.get(one.id)!, refused: null },
  );
}

/** Entries as the outside sees them, with the names that the two have by themselves. */
async function shown(ctx: Context, entries: readonly Entry[]): Promise<z.input<typeof Shown>[]> {
  const ids = [...new Set(entries.flatMap((entry) => [entry.survivorId ?? [], entry.joinedId ?? []].flat()))];
  const names = new Map((await customersById(ctx.pool, ids)).map((one) => [one.id, one.displayName]));
  const person = (id: number | null) =>
    id === null ? null : { id: publicId("customer", id), name: names.get(id) ?? null };
  return entries.map((entry) => ({
    id: entry.id,
    kind: entry.kind,
    survivor: person(entry.survivorId),
    joined: person(entry.joinedId),
    undoes: entry.undoes,
    at: entry.at.toISOString(),
    by: entry.byName,
    undoneAt: entry.undoneAt?.toISOString() ?? null,
  }));
}
