import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { importSource } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import {
  type Answer,
  allowedAmong,
  allows,
  answersFor,
  type CurrentAnswer,
  listPurposes,
  recordAnswers,
} from "../consent/index.ts";
import { adoptByEmail, claimEmails, type Identifier, resolveMany } from "../identity/index.ts";
import { patchImportedTraits, queueCustomerRows, touch } from "../profiles/index.ts";
import { suppressedAmong } from "../suppression/index.ts";
import { lineKindOf } from "./listed.ts";
import { identifierKindOf } from "./model.ts";
import type { StoredImport } from "./store.ts";
import { workTable } from "./tables.ts";

const Person = z.object({ person: z.string(), email: z.string(), firstAt: z.string(), lastAt: z.string() });

/** Customers in one transaction. */
const atOnce = 5_000;

/** Bytes of memory in which customers are gathered; more of them go by way of the disk. */
const groupBytes = 64 * 1024 * 1024;

const utc = (text: string) => new Date(`${text.replace(" ", "T")}Z`);

const namedBy = (row: z.infer<typeof Person>) => ({
  value: row.person,
  firstAt: utc(row.firstAt),
  lastAt: utc(row.lastAt),
});

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
      if (now.importId === null || !now.stated) return [];
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
    `insert into ${named} select person, argMax(email, tuple(file, row)), min(happened_at), max(happened_at) from ${workTable(one.id, "lines")}
      where fate = '' and person != '' group by person settings max_bytes_before_external_group_by = ${groupBytes}, max_threads = 1`,
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
  const isListed = lineKindOf(one.mapping) !== undefined;
  let after = "";
  let done = 0;
  for (;;) {
    const all = await ctx.events.query(
      Person,
      { after, max: atOnce },
      `select person, email, first_at, last_at from ${named} where person > {after:String} order by person limit {max:UInt32}`,
      { lane: "work" },
    );
    if (!all.length) return done;
    after = all.at(-1)!.person;
    const rows = await inTransactionOf(ctx, one, async (tx) => {
      const erased = await erasedAmong(tx, ctx, one, all);
      const found = all.filter((row) => !erased.has(row));
      const gone = [...erased].map(({ person }) => erasedPerson(person));
      const { ids, made } = isListed
        ? await resolveListed(tx, ctx, one, found)
        : await resolveMany(tx, ctx, identifierKindOf(one.mapping), found.map(namedBy));
      const unique = [...new Set(ids)];
      const isNew = new Set(made);
      await touch(
        tx,
        new Map(ids.flatMap((id, at) => (isNew.has(id) ? [] : [[id, utc(found[at]!.lastAt)]]))),
      );
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
      // For whom this transaction made, the same is stated, and nothing else was ever said.
      const ofEach = newStatements(one, [0], []);
      const known = unique.filter((id) => !isNew.has(id));
      const statements = [
        ...made.flatMap((customerId) => ofEach.map((statement) => ({ ...statement, customerId }))),
        ...newStatements(one, known, await answersFor(tx, known)),
      ];
      const answers: Answer[] = statements.map((statement) => ({
        ...statement,
        origin: "import",
        sourceId,
        at,
      }));
      await recordAnswers(tx, answers, { rowsFollow: true, newcomers: isNew });
      const changed = new Set([...fresh, ...answers.map((answer) => answer.customerId)]);
      const newcomers = new Map(made.map((id) => [id, ofEach]));
      await queueCustomerRows(tx, [...changed], ctx.garden.synthetic, newcomers);
      const kept = await allowedAmong(tx, known, "collect");
      if (allows(ofEach, await listPurposes(tx), "collect")) for (const id of made) kept.add(id);
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

/** By what the person of a list is named: its first letter tells which. */
const kindsOf = (one: StoredImport): Record<string, string> => ({
  "#": identifierKindOf(one.mapping),
  "@": "email",
  "~": "anonymous_id",
});

/** Those who were erased: by what names them, or by the address beside it. */
async function erasedAmong(
  tx: Tx,
  ctx: Context,
  one: StoredImport,
  all: readonly z.infer<typeof Person>[],
): Promise<Set<z.infer<typeof Person>>> {
  const isListed = lineKindOf(one.mapping) !== undefined;
  const kinds = kindsOf(one);
  const asked = all.flatMap((row): { row: z.infer<typeof Person>; identifier: Identifier }[] => {
    const named = isListed
      ? { kind: kinds[row.person[0]!]!, value: row.person.slice(1) }
      : { kind: identifierKindOf(one.mapping), value: row.person };
    const address = row.email ? [{ row, identifier: { kind: "email", value: row.email } }] : [];
    return [{ row, identifier: named }, ...address];
  });
  const found = await suppressedAmong(
    tx,
    ctx,
    asked.map(({ identifier }) => identifier),
  );
  return new Set(asked.filter((_, at) => found.has(at)).map(({ row }) => row));
}

/**
 * Finds or makes the customers of a list, of which some are named by a number and others by an address. An address beside a
 * number is the customer's too.
 */
async function resolveListed(
  tx: Tx,
  ctx: Context,
  one: StoredImport,
  found: readonly z.infer<typeof Person>[],
): Promise<{ ids: number[]; made: number[] }> {
  const numbers = identifierKindOf(one.mapping);
  const kinds = kindsOf(one);
  const rows = found.map((row) => ({
    ...namedBy(row),
    kind: kinds[row.person[0]!]!,
    value: row.person.slice(1),
    email: row.email,
  }));
  const numbered = rows.filter((row) => row.kind === numbers && row.email !== "");
  const given = await adoptByEmail(
    tx,
    numbers,
    numbered.map((row) => ({ ...row, at: row.firstAt })),
  );
  const ids = new Map<string, number>();
  const made: number[] = [];
  for (const kind of new Set(Object.values(kinds))) {
    const some = rows.filter((row) => row.kind === kind);
    const resolved = await resolveMany(tx, ctx, kind, some, kind !== "anonymous_id");
    for (const [at, { value }] of some.entries()) ids.set(`${kind} ${value}`, resolved.ids[at]!);
    made.push(...resolved.made);
  }
  const idOf = (row: (typeof rows)[number]) => ids.get(`${row.kind} ${row.value}`)!;
  const claims = numbered.map((row) => ({ customerId: idOf(row), email: row.email, at: row.firstAt }));
  const claimed = await claimEmails(tx, ctx, claims, new Set(made));
  given.push(...claimed);
  await query(
    tx,
    sql`insert into import_identifiers (kind, value, import_id, customer_id)
      select kind, value, ${one.id}::bigint, customer_id
      from unnest(${given.map((row) => row.kind)}::text[], ${given.map((row) => row.value)}::text[], ${given.map((row) => row.customerId)}::bigint[]) as a (kind, value, customer_id)
      on conflict do nothing`,
  );
  const newly = new Set(claimed.map((row) => row.value));
  const before = claims.filter((row) => !newly.has(row.email));
  if (!before.length) return { ids: rows.map(idOf), made };
  // What an earlier import gave to the same customer is this one's too: it stays as long as one of the two does.
  await query(
    tx,
    sql`insert into import_identifiers (kind, value, import_id, customer_id)
      select distinct 'email', a.email, ${one.id}::bigint, a.customer_id
      from unnest(${before.map((row) => row.email)}::text[], ${before.map((row) => row.customerId)}::bigint[]) as a (email, customer_id)
      where exists (select 1 from import_identifiers o where o.kind = 'email' and o.value = a.email and o.customer_id = a.customer_id)
      on conflict do nothing`,
  );
  return { ids: rows.map(idOf), made };
}

/** Of a try nothing is written: what was found out is all that stays of its transaction. */
async function inTransactionOf<T>(ctx: Context, one: StoredImport, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (!one.dryRun) return ctx.inTransaction(work);
  let found: { value: T } | undefined;
  await ctx
    .inTransaction(async (tx) => {
      found = { value: await work(tx) };
      throw new NothingWritten();
    })
    .catch((error) => {
      if (!(error instanceof NothingWritten)) throw error;
    });
  return found!.value;
}

/** Ends the transaction of a try. */
class NothingWritten extends Error {}

/** Customers whose records are new or changed get the country and city of the newest, as traits. */
export async function saveTraits(ctx: Context, one: StoredImport): Promise<void> {
  // Of all other kinds a line is a record: what it says of a customer is among its traits.
  if (lineKindOf(one.mapping)) return;
  const places = workTable(one.id, "places");
  await ctx.events.command(`drop table if exists ${places} sync`);
  await ctx.events.command(
    `create table ${places} (customer_id UInt64, country String, city String, at DateTime64(3, 'UTC')) engine = MergeTree order by customer_id`,
  );
  await ctx.events.command(
    `insert into ${places}
      select r.customer_id, argMaxIf(r.country, r.happened_at, r.country != ''), argMaxIf(r.city, r.happened_at, r.city != ''), max(r.happened_at)
      from ${workTable(one.id, "records")} as r
      where r.state in ('new', 'updated') and r.collect = 1 and (r.country != '' or r.city != '') group by r.customer_id`,
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
      patchImportedTraits(
        tx,
        one.id,
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
