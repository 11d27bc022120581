import { z } from "zod";
import { type Context, type Gardens, record, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { idsOf } from "../identity/index.ts";
import { getCustomer } from "../profiles/index.ts";
import { isNetwork, Networks } from "./networks.ts";

/** What is not the brand's public. */
export const trafficKinds = ["bot", "internal", "datacentre"] as const;
export type Traffic = (typeof trafficKinds)[number];

/** What a network says of who sends from it. */
export type NetworkKind = Exclude<Traffic, "bot">;

/** `set_aside`: it is kept, and left out of every question. */
export const Fate = z.enum(["drop", "set_aside"]);
export type Fate = z.infer<typeof Fate>;

const entriesMax = 10_000;
const words = z.array(z.string().trim().min(1).max(200)).max(200);
const networks = z.array(z.string().trim().min(1).max(64)).max(entriesMax);

export const TrafficRules = z.object({
  bots: Fate,
  internal: Fate,
  datacentres: Fate,
  /** Addresses and ranges, such as 203.0.113.0/24. */
  internalNetworks: networks,
  /** Parts of a user agent. */
  internalAgents: words,
  /** Domains of the brand's own e-mail addresses. */
  internalDomains: words,
  /** Traits by which somebody is one of the brand: each alone is enough. */
  internalTraits: z.record(z.string().min(1).max(100), z.string().max(200)),
  datacentreNetworks: networks,
});
export type TrafficRules = z.infer<typeof TrafficRules>;

export async function readRules(on: Executor): Promise<TrafficRules> {
  const row = await queryOne(
    on,
    sql`select bots, internal, datacentres, internal_networks, internal_agents, internal_domains, internal_traits, datacentre_networks from traffic_rules`,
    TrafficRules,
  );
  return row!;
}

/** Changes what is not the brand's public, from the next batch on. Refuses network.unreadable. */
export async function changeRules(ctx: Context, rules: TrafficRules): Promise<TrafficRules> {
  ctx.require("settings:write");
  const odd = [...rules.internalNetworks, ...rules.datacentreNetworks].find((one) => !isNetwork(one));
  if (odd !== undefined)
    refuse(
      "invalid",
      "network.unreadable",
      `${odd} is no address and no range of addresses. Write it as 203.0.113.7 or 203.0.113.0/24.`,
      { network: odd },
    );
  const domains = rules.internalDomains.map((one) => one.toLowerCase().replace(/^@/, ""));
  const after = { ...rules, internalDomains: domains };
  await ctx.inTransaction(async (tx) => {
    const before = await readRules(tx);
    await query(
      tx,
      sql`update traffic_rules set bots = ${after.bots}, internal = ${after.internal}, datacentres = ${after.datacentres},
        internal_networks = ${after.internalNetworks}, internal_agents = ${after.internalAgents}, internal_domains = ${after.internalDomains},
        internal_traits = ${sql.json(after.internalTraits)}, datacentre_networks = ${after.datacentreNetworks}`,
    );
    await record(tx, ctx, "traffic.changed", "traffic", before, after);
  });
  return after;
}

/** What an event shows of where it comes from. */
export interface Origin {
  /** What its network is, as it was seen when the request was accepted. */
  network?: NetworkKind | undefined;
  /** The address of whom a server speaks of. */
  address?: unknown;
  agent?: unknown;
  email?: string | undefined;
  traits: Record<string, unknown>;
  /** `context.internal`: the page knows its own people. */
  says?: unknown;
}

/** Rules made ready to be asked for every event. */
export class TrafficSight {
  readonly rules: TrafficRules;
  readonly #internal: Networks;
  readonly #datacentres: Networks;
  readonly #agents: string[];
  readonly #domains: Set<string>;
  readonly #traits: [string, string][];

  constructor(rules: TrafficRules) {
    this.rules = rules;
    this.#internal = new Networks(rules.internalNetworks);
    this.#datacentres = new Networks(rules.datacentreNetworks);
    this.#agents = rules.internalAgents.map((one) => one.toLowerCase());
    this.#domains = new Set(rules.internalDomains);
    this.#traits = Object.entries(rules.internalTraits);
  }

  networkOf(address: string): NetworkKind | undefined {
    if (this.#internal.has(address)) return "internal";
    return this.#datacentres.has(address) ? "datacentre" : undefined;
  }

  /** Whether an event says of its person that they are one of the brand. */
  isStaff({ email, traits, says }: Origin): boolean {
    if (says === true) return true;
    const domain = email?.slice(email.lastIndexOf("@") + 1).toLowerCase();
    if (domain && this.#domains.has(domain)) return true;
    return this.#traits.some(([key, value]) => Object.hasOwn(traits, key) && String(traits[key]) === value);
  }

  /** Where an event comes from, by its network and its program. */
  of(origin: Origin): NetworkKind | undefined {
    const { network, address, agent } = origin;
    if (network === "internal") return "internal";
    const own = typeof address === "string" ? this.networkOf(address) : undefined;
    if (own === "internal") return own;
    if (this.#agents.length && typeof agent === "string") {
      const text = agent.toLowerCase();
      if (this.#agents.some((part) => text.includes(part))) return "internal";
    }
    return network === "datacentre" ? network : own;
  }

  fateOf(traffic: Traffic): Fate {
    if (traffic === "bot") return this.rules.bots;
    return traffic === "internal" ? this.rules.internal : this.rules.datacentres;
  }
}

const sights = new Map<string, TrafficSight>();

/** The rules as they stand, parsed once for each wording. */
export async function loadSight(on: Executor): Promise<TrafficSight> {
  const rules = await readRules(on);
  const wording = JSON.stringify(rules);
  let sight = sights.get(wording);
  if (!sight) {
    sight = new TrafficSight(rules);
    if (sights.size >= 20) sights.clear();
    sights.set(wording, sight);
  }
  return sight;
}

/** Which of these customers and visitors are the brand's own people. */
export async function loadStaff(tx: Tx, ids: readonly number[]): Promise<Set<number>> {
  if (!ids.length) return new Set();
  const rows = await query(
    tx,
    sql`select customer_id from internal_people where customer_id = any(${ids}::bigint[])`,
    z.object({ customerId: z.number() }),
  );
  return new Set(rows.map((row) => row.customerId));
}

/** Which of these customers are remembered as the brand's own people, by themselves or by an id that was joined into them. */
export async function internalAmong(on: Executor, customerIds: readonly number[]): Promise<Set<number>> {
  if (!customerIds.length) return new Set();
  const rows = await query(
    on,
    sql`select c.id as customer_id from unnest(${[...customerIds]}::bigint[]) as c (id)
      where exists (select 1 from internal_people p where p.customer_id = c.id)
        or exists (select 1 from internal_people p join customer_links l on l.subject_id = p.customer_id where l.customer_id = c.id)`,
    z.object({ customerId: z.number() }),
  );
  return new Set(rows.map((row) => row.customerId));
}

export async function saveStaff(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  if (!ids.length) return;
  await query(
    tx,
    sql`insert into internal_people (customer_id, since) select id, ${at}::timestamptz from unnest(${ids}::bigint[]) as i (id) on conflict do nothing`,
  );
}

/**
 * Somebody who was taken for one of the brand is one of the public again, from the next event on; what was set aside
 * stays so. While a rule still speaks of them, the next event says so anew. Refuses: customer.missing, traffic.not_internal.
 */
export async function countAsPublic(ctx: Context, customerId: number | undefined): Promise<void> {
  ctx.require("settings:write");
  const { id } = await getCustomer(ctx, customerId);
  await ctx.inTransaction(async (tx) => {
    const ids = await idsOf(tx, id);
    const gone = await query(
      tx,
      sql`delete from internal_people where customer_id = any(${ids}::bigint[]) returning customer_id`,
      z.object({ customerId: z.number() }),
    );
    if (!gone.length)
      refuse("conflict", "traffic.not_internal", "This customer is not taken for one of the brand.");
    await record(tx, ctx, "traffic.counts_as_public", publicId("customer", id), { internal: true }, null);
  });
}

/** How long what is known of a garden's networks is believed, in ms. */
const freshMs = 5_000;

/**
 * Looks at the address of a request while it is accepted, and keeps only what it means. The address itself is never
 * written down.
 */
export function openNetworkSight(gardens: Gardens) {
  const known = new Map<string, { sight: TrafficSight; at: number; loading?: Promise<void> | undefined }>();

  async function load(garden: string): Promise<void> {
    const { pool } = gardens.context(garden, { kind: "job", id: "collect", name: "collect" });
    known.set(garden, { sight: await loadSight(pool), at: performance.now() });
  }

  return (garden: string, address: string): Promise<NetworkKind | undefined> | NetworkKind | undefined => {
    const one = known.get(garden);
    if (!one) return load(garden).then(() => known.get(garden)?.sight.networkOf(address));
    if (performance.now() - one.at > freshMs) {
      // Renewed beside the request, which is judged by what is known.
      one.loading ??= load(garden).catch(() => {
        one.at = performance.now();
        one.loading = undefined;
      });
    }
    return one.sight.networkOf(address);
  };
}
export type NetworkSight = ReturnType<typeof openNetworkSight>;
