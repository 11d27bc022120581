import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { importSource } from "../../garden/index.ts";
import { type Answer, allowedAmong, answersFor, type Basis, recordAnswers } from "../consent/index.ts";
import { resolveMany } from "../identity/index.ts";
import { patchTraits, queueCustomerRows, touch } from "../profiles/index.ts";
import type { StoredImport } from "./store.ts";
import { workTable } from "./tables.ts";

const Person = z.object({ person: z.string(), firstAt: z.string(), lastAt: z.string() });

/** Customers in one transaction. */
const atOnce = 5_000;

const utc = (text: string) => new Date(`${text.replace(" ", "T")}Z`);

/**
 * Finds or makes the customers that the used lines name, each key once, and writes the stated basis for
 * those who never answered: what a customer said before stands. Returns how many there are.
 */
export async function resolvePeople(
  ctx: Context,
  one: StoredImport,
  progress: (done: number, all: number) => Promise<void>,
): Promise<number> {
  const people = workTable(one.id, "people");
  const source = `select person, min(happened_at) as first_at, max(happened_at) as last_at from ${workTable(one.id, "lines")}
    where fate = '' and person != '' group by person`;
  const [all] = await ctx.events.query(
    z.object({ count: z.number() }),
    {},
    `select count() as count from (${source})`,
    { lane: "work" },
  );
  const sourceId = (await importSource(ctx.pool)).id;
  const kind = one.mapping.rules.customerIds.kind;
  const stated = Object.entries(one.basis).filter((entry): entry is [string, Basis] => entry[1] !== null);
  let after = "";
  let done = 0;
  for (;;) {
    const found = await ctx.events.query(
      Person,
      { after, max: atOnce },
      `select person, first_at, last_at from (${source}) where person > {after:String} order by person limit {max:UInt32}`,
      { lane: "work" },
    );
    if (!found.length) return done;
    after = found.at(-1)!.person;
    const rows = await ctx.inTransaction(async (tx) => {
      const ids = await resolveMany(
        tx,
        ctx,
        kind,
        found.map((row) => row.person),
        found.map((row) => utc(row.firstAt)),
      );
      const unique = [...new Set(ids)];
      await touch(tx, new Map(ids.map((id, at) => [id, utc(found[at]!.lastAt)])));
      const answered = new Set(
        (await answersFor(tx, unique)).map((answer) => `${answer.customerId} ${answer.purpose}`),
      );
      const at = ctx.now();
      const answers: Answer[] = unique.flatMap((customerId) =>
        stated
          .filter(([purpose]) => !answered.has(`${customerId} ${purpose}`))
          .map(([purpose, basis]) => ({
            customerId,
            purpose,
            granted: true,
            basis,
            origin: "import",
            sourceId,
            at,
          })),
      );
      await recordAnswers(tx, ctx, answers);
      const changed = new Set(answers.map((answer) => answer.customerId));
      for (const id of unique) if (id > (one.customersBefore ?? 0)) changed.add(id);
      await queueCustomerRows(tx, [...changed], ctx.garden.synthetic);
      const kept = await allowedAmong(tx, unique, "collect");
      return found.map((row, index) => ({
        person: row.person,
        customer_id: ids[index],
        collect: kept.has(ids[index]!) ? 1 : 0,
      }));
    });
    await ctx.events.insertLines(people, Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n")));
    done += found.length;
    await progress(done, all!.count);
  }
}

/** Customers whose records are new or changed get the country and city of the newest, as traits. */
export async function saveTraits(ctx: Context, one: StoredImport): Promise<void> {
  const source = `select p.customer_id as customer_id, argMaxIf(r.country, r.happened_at, r.country != '') as country,
      argMaxIf(r.city, r.happened_at, r.city != '') as city, max(r.happened_at) as at
    from ${workTable(one.id, "records")} as r inner join ${workTable(one.id, "people")} as p on p.person = r.person
    where r.state in ('new', 'updated') and p.collect = 1 and (r.country != '' or r.city != '') group by customer_id`;
  let after = 0;
  for (;;) {
    const found = await ctx.events.query(
      z.object({ customerId: z.number(), country: z.string(), city: z.string(), at: z.string() }),
      { after, max: atOnce },
      `select * from (${source}) where customer_id > {after:UInt64} order by customer_id limit {max:UInt32}`,
      { lane: "work" },
    );
    if (!found.length) return;
    after = found.at(-1)!.customerId;
    await ctx.inTransaction((tx) =>
      patchTraits(
        tx,
        ctx,
        found.map((row) => ({
          customerId: row.customerId,
          traits: {
            ...(row.country ? { country: row.country } : {}),
            ...(row.city ? { city: row.city } : {}),
          },
          at: utc(row.at),
        })),
      ),
    );
  }
}
