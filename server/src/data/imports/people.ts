import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { importSource } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import {
  type Answer,
  allowedAmong,
  answersFor,
  type CurrentAnswer,
  recordAnswers,
} from "../consent/index.ts";
import { resolveMany } from "../identity/index.ts";
import { patchTraits, queueCustomerRows, touch } from "../profiles/index.ts";
import { suppressedAmong } from "../suppression/index.ts";
import { identifierKindOf } from "./model.ts";
import type { StoredImport } from "./store.ts";
import { workTable } from "./tables.ts";

const Person = z.object({ person: z.string(), firstAt: z.string(), lastAt: z.string() });

/** Customers in one transaction. */
const atOnce = 5_000;

const utc = (text: string) => new Date(`${text.replace(" ", "T")}Z`);

/**
 * What the brand states with an import, where it differs from what stands: it replaces what an earlier import
 * stated, and never what a customer, or an event, said.
 */
export function newStatements(
  one: Pick<StoredImport, "id" | "basis">,
  customerIds: readonly number[],
  standing: readonly CurrentAnswer[],
): Pick<Answer, "customerId" | "purpose" | "granted" | "basis" | "importId">[] {
  type Statement = Pick<Answer, "customerId" | "purpose" | "granted" | "basis" | "importId">;
  const byKey = new Map(standing.map((answer) => [`${answer.customerId} ${answer.purpose}`, answer]));
  return customerIds.flatMap((customerId) =>
    Object.entries(one.basis).flatMap(([purpose, basis]): Statement[] => {
      const now = byKey.get(`${customerId} ${purpose}`);
      const said = { customerId, purpose, importId: one.id };
      if (!now) return basis ? [{ ...said, granted: true, basis }] : [];
      if (now.importId === null) return [];
      // No basis any more is a no, under the basis that it takes away.
      if (!basis) return now.granted ? [{ ...said, granted: false, basis: now.basis }] : [];
      return now.granted && now.basis === basis ? [] : [{ ...said, granted: true, basis }];
    }),
  );
}

/** Somebody who was erased is not looked for: their lines are left out, and counted. */
const erasedPerson = (person: string) => ({ person, customer_id: 0, made: 0, collect: 0, erased: 1 });

/**
 * Finds or makes the customers that the used lines name, each key once, notes that the import names them, and
 * writes the stated basis. Returns how many there are.
 */
export async function resolvePeople(
  ctx: Context,
  one: StoredImport,
  progress: (done: number, all: number) => Promise<void>,
): Promise<number> {
  const people = workTable(one.id, "people");
  const named = workTable(one.id, "named");
  // Gathered once: a page of them must not cost a look at all lines.
  await ctx.events.command(
    `insert into ${named} select person, min(happened_at), max(happened_at) from ${workTable(one.id, "lines")}
      where fate = '' and person != '' group by person`,
    {},
    { lane: "work" },
  );
  const [counted] = await ctx.events.query(
    z.object({ count: z.number() }),
    {},
    `select count() as count from ${named}`,
    { lane: "work" },
  );
  const sourceId = (await importSource(ctx.pool)).id;
  const kind = identifierKindOf(one.mapping);
  let after = "";
  let done = 0;
  for (;;) {
    const all = await ctx.events.query(
      Person,
      { after, max: atOnce },
      `select person, first_at, last_at from ${named} where person > {after:String} order by person limit {max:UInt32}`,
      { lane: "work" },
    );
    if (!all.length) return done;
    after = all.at(-1)!.person;
    const rows = await ctx.inTransaction(async (tx) => {
      const erased = await suppressedAmong(
        tx,
        ctx,
        all.map((row) => ({ kind, value: row.person })),
      );
      const found = all.filter((_, at) => !erased.has(at));
      const gone = all.filter((_, at) => erased.has(at)).map(({ person }) => erasedPerson(person));
      const { ids, made } = await resolveMany(
        tx,
        ctx,
        kind,
        found.map((row) => row.person),
        found.map((row) => utc(row.firstAt)),
      );
      const unique = [...new Set(ids)];
      await touch(tx, new Map(ids.map((id, at) => [id, utc(found[at]!.lastAt)])));
      const isNew = new Set(made);
      // Made by an attempt that was cut short is made by this import.
      const noted = await query(
        tx,
        sql`insert into import_customers as n (customer_id, import_id, made)
          select id, ${one.id}, made from unnest(${unique}::bigint[], ${unique.map((id) => isNew.has(id))}::boolean[]) as a (id, made)
          on conflict (customer_id, import_id) do update set made = n.made or excluded.made
          returning customer_id, made`,
        z.object({ customerId: z.number(), made: z.boolean() }),
      );
      const fresh = new Set(noted.filter((row) => row.made).map((row) => row.customerId));
      const at = ctx.now();
      const answers: Answer[] = newStatements(one, unique, await answersFor(tx, unique)).map((statement) => ({
        ...statement,
        origin: "import",
        sourceId,
        at,
      }));
      await recordAnswers(tx, answers, { rowsFollow: true });
      const changed = new Set([...fresh, ...answers.map((answer) => answer.customerId)]);
      await queueCustomerRows(tx, [...changed], ctx.garden.synthetic);
      const kept = await allowedAmong(tx, unique, "collect");
      const resolved = found.map((row, index) => ({
        person: row.person,
        customer_id: ids[index],
        made: fresh.has(ids[index]!) ? 1 : 0,
        collect: kept.has(ids[index]!) ? 1 : 0,
        erased: 0,
      }));
      return [...resolved, ...gone];
    });
    await ctx.events.insertLines(people, Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n")));
    done += all.length;
    await progress(done, counted!.count);
  }
}

/** Customers whose records are new or changed get the country and city of the newest, as traits. */
export async function saveTraits(ctx: Context, one: StoredImport): Promise<void> {
  const places = workTable(one.id, "places");
  await ctx.events.command(`drop table if exists ${places} sync`);
  await ctx.events.command(
    `create table ${places} (customer_id UInt64, country String, city String, at DateTime64(3, 'UTC')) engine = MergeTree order by customer_id`,
  );
  await ctx.events.command(
    `insert into ${places}
      select p.customer_id, argMaxIf(r.country, r.happened_at, r.country != ''), argMaxIf(r.city, r.happened_at, r.city != ''), max(r.happened_at)
      from ${workTable(one.id, "records")} as r inner join ${workTable(one.id, "people")} as p on p.person = r.person
      where r.state in ('new', 'updated') and p.collect = 1 and (r.country != '' or r.city != '') group by p.customer_id`,
    {},
    { lane: "work" },
  );
  let after = 0;
  for (;;) {
    const found = await ctx.events.query(
      z.object({ customerId: z.number(), country: z.string(), city: z.string(), at: z.string() }),
      { after, max: atOnce },
      `select * from ${places} where customer_id > {after:UInt64} order by customer_id limit {max:UInt32}`,
      { lane: "work" },
    );
    if (!found.length) return;
    after = found.at(-1)!.customerId;
    await ctx.inTransaction((tx) =>
      patchTraits(
        tx,
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
