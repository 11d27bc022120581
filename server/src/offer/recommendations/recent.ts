import { z } from "zod";
import type { Context } from "../../garden/index.ts";

const Row = z.object({ customerId: z.number(), products: z.array(z.string()), newest: z.string() });

interface Known {
  runId: number;
  since: string;
  askedAt: number;
  tookMs: number;
  bought: Map<number, Set<string>>;
  asking?: Promise<void>;
}
const byGarden = new WeakMap<Context["pool"], Known>();

/** Asked again at most this often, and never more than a twentieth of the time. */
const freshMs = 1_000;

/**
 * What customers bought since a run read the orders, so that nothing is offered that was just bought.
 * Only what came in since the last question is asked for: one statement for all customers, about once
 * a second while decisions are made. Imported orders wait for the next run.
 */
export async function boughtSince(
  ctx: Context,
  run: { id: number; startedAt: Date },
  customerId: number,
): Promise<ReadonlySet<string>> {
  let known = byGarden.get(ctx.pool);
  if (!known || known.runId !== run.id) {
    known = {
      runId: run.id,
      since: run.startedAt.toISOString().replace("T", " ").replace("Z", ""),
      askedAt: 0,
      tookMs: 0,
      bought: new Map(),
    };
    byGarden.set(ctx.pool, known);
  }
  const age = performance.now() - known.askedAt;
  if (known.askedAt === 0 || age > Math.max(freshMs, known.tookMs * 20)) {
    known.asking ??= ask(ctx, known).finally(() => {
      known.asking = undefined;
    });
    await known.asking;
  }
  return known.bought.get(customerId) ?? new Set();
}

async function ask(ctx: Context, known: Known): Promise<void> {
  const started = performance.now();
  const rows = await ctx.events.query(
    Row,
    { since: known.since },
    `select customer_id,
      groupUniqArrayArray(arrayMap(line -> multiIf(line.product_id <> '', line.product_id, line.sku <> '', line.sku, line.name), order_lines)) as products,
      toString(max(received_at)) as newest
    from events
    where name = 'Order Completed' and import_id = 0 and customer_id <> 0 and received_at >= {since:DateTime64(3, 'UTC')}
    group by customer_id`,
  );
  for (const row of rows) {
    const bought = known.bought.get(row.customerId) ?? new Set<string>();
    for (const product of row.products) bought.add(product);
    known.bought.set(row.customerId, bought);
    // The newest instant is asked for again: more may arrive within the same millisecond.
    if (row.newest > known.since) known.since = row.newest;
  }
  known.askedAt = performance.now();
  known.tookMs = known.askedAt - started;
}
