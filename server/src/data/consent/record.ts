import { z } from "zod";
import { announce, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { type Act, appendEntries, digits } from "./append.ts";
import { endRequests } from "./end-requests.ts";
import { type Basis, statedOrigins } from "./model.ts";

/** One answer to one purpose, as it was given. */
export interface Answer {
  customerId: number;
  purpose: string;
  granted: boolean;
  basis: Basis;
  /** How it was given, in the ledger's word: "banner", "event", "import", "consent page", "double opt-in", "operator". */
  origin: string;
  sourceId?: number;
  /** Where: the address of a page without its query, or a campaign. Never personal data. */
  place?: string;
  /** By whom: "customer", an operator or token by name, an import. */
  actor?: string;
  /** What shows it: a message id, the line of an import, a receipt of elsewhere. */
  proof?: string;
  /** The version of the words that were read; the purpose's own where nothing is said. */
  wordingVersion?: number;
  /** Of what the brand states with an import: a later import may replace it, and it goes when its import does. */
  importId?: number;
  /**
   * Of a customer whom an operator merged: `own` is the answer of one part, as it was given, and `effective` what counts
   * for the whole customer because of it. Left out, both follow from who gave it.
   */
  keeps?: "own" | "effective";
  /** Said before and said again: it moves the time of the current answer, and is not written down again. */
  repeated?: boolean;
  /** A yes that has run out is noted as that, and counts as a no. */
  act?: Extract<Act, "answer" | "expired">;
  /** When it was given, by a clock that is not ahead of ours: else the next answer would not count. */
  at: Date;
}

interface Recording {
  /** The caller itself queues the customers' rows, in the same transaction. */
  rowsFollow?: boolean;
  /** Whom this transaction made: nothing was ever said of them, and nobody else can say anything yet. */
  newcomers?: ReadonlySet<number>;
}

/**
 * Writes answers into the ledger, and makes of each purpose the one that outranks all others the current one. Announces
 * `consent.withdrawn` where a no counts now, and `consent.changed` unless the customers' rows follow anyway.
 */
export async function recordAnswers(
  tx: Tx,
  answers: readonly Answer[],
  { rowsFollow = false, newcomers = new Set() }: Recording = {},
): Promise<void> {
  if (!answers.length) return;
  const purposes = new Map(
    (
      await query(
        tx,
        sql`select key, wording_version from purposes`,
        z.object({ key: z.string(), wordingVersion: z.number() }),
      )
    ).map((row) => [row.key, row.wordingVersion]),
  );
  const known = answers.filter((answer) => purposes.has(answer.purpose));
  const said = sayingsOf(known, purposes);
  const all = sql`select e.customer_id, s.purpose, s.granted, s.basis, s.import_id, s.stated, s.wording_version, s.expired, s.keeps,
      timestamptz 'epoch' + e.at_ms * interval '1 millisecond' as at
    from unnest(${digits(known.map((answer) => answer.customerId))}::bigint[], ${digits(said.numbers)}::integer[],
      ${digits(known.map((answer) => answer.at.getTime()))}::bigint[]) as e (customer_id, saying, at_ms)
    join unnest(${said.of("purpose")}::text[], ${said.of("granted")}::boolean[], ${said.of("basis")}::text[], ${said.of("importId")}::bigint[],
      ${said.of("stated")}::boolean[], ${said.of("version")}::integer[], ${said.of("expired")}::boolean[], ${said.of("keeps")}::text[])
      with ordinality as s (purpose, granted, basis, import_id, stated, wording_version, expired, keeps, number) on s.number = e.saying`;
  // First this: the rows stay locked, also those that do not change, so that nobody adds to the same chains meanwhile.
  const current = await query(
    tx,
    sql`with written as (
      insert into consent_current as c (customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at)
      select customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at from (
        select distinct on (coalesce(part.survivor_id, a.customer_id), purpose)
          coalesce(part.survivor_id, a.customer_id) as customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at
        from (${all}) as a
        left join customer_parts part on part.customer_id = a.customer_id
        where a.keeps is distinct from 'own'
        order by coalesce(part.survivor_id, a.customer_id), purpose, stated, at desc, granted
      ) as best
      on conflict (customer_id, purpose) do update set granted = excluded.granted, basis = excluded.basis,
        import_id = excluded.import_id, stated = excluded.stated, wording_version = excluded.wording_version, expired = excluded.expired, at = excluded.at
      where (not excluded.stated, excluded.at, not excluded.granted) >= (not c.stated, c.at, not c.granted)
      returning customer_id, purpose, granted)
      select * from written where not (granted and ${rowsFollow}::boolean)`,
    z.object({ customerId: z.number(), purpose: z.string(), granted: z.boolean() }),
  );
  if (await isAnyPart(tx, known, newcomers))
    await query(
      tx,
      sql`insert into own_answers as c (customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at)
      select distinct on (a.customer_id, a.purpose) a.customer_id, a.purpose, a.granted, a.basis, a.import_id, a.stated, a.wording_version, a.expired, a.at
      from (${all}) as a
      join customer_parts part on part.customer_id = a.customer_id
      where a.keeps is distinct from 'effective'
      order by a.customer_id, a.purpose, a.stated, a.at desc, a.granted
      on conflict (customer_id, purpose) do update set granted = excluded.granted, basis = excluded.basis,
        import_id = excluded.import_id, stated = excluded.stated, wording_version = excluded.wording_version, expired = excluded.expired, at = excluded.at
      where (not excluded.stated, excluded.at, not excluded.granted) >= (not c.stated, c.at, not c.granted)`,
    );
  await appendEntries(
    tx,
    known
      // The entry is the part's that spoke: what counts for the whole follows from it.
      .filter((answer) => !answer.repeated && answer.keeps !== "effective")
      .map(({ repeated: _, keeps: __, ...answer }) => ({
        ...answer,
        act: answer.act ?? "answer",
        sourceId: answer.sourceId ?? null,
        place: answer.place ?? null,
        actor: answer.actor ?? null,
        proof: answer.proof ?? null,
        importId: answer.importId ?? null,
        wordingVersion: answer.wordingVersion ?? purposes.get(answer.purpose)!,
      })),
    newcomers,
  );
  await endRequests(
    tx,
    known.filter((answer) => !answer.granted),
    new Date(),
  );
  const repeated = new Set(
    answers.filter((answer) => answer.repeated).map((answer) => `${answer.customerId} ${answer.purpose}`),
  );
  const withdrawn = current.filter(
    (one) => !one.granted && !repeated.has(`${one.customerId} ${one.purpose}`),
  );
  await tell(tx, "consent.changed", rowsFollow ? [] : current);
  await tell(tx, "consent.withdrawn", withdrawn);
}

/** What is said, each once: the many answers of an import say few things. */
function sayingsOf(answers: readonly Answer[], versions: ReadonlyMap<string, number>) {
  const all: ReturnType<typeof sayingOf>[] = [];
  const numberOf = new Map<string, number>();
  const numbers = answers.map((answer) => {
    const said = sayingOf(answer, versions);
    const key = JSON.stringify(said);
    let number = numberOf.get(key);
    if (number === undefined) {
      number = all.push(said);
      numberOf.set(key, number);
    }
    return number;
  });
  const of = <K extends keyof (typeof all)[number]>(name: K) => all.map((one) => one[name]);
  return { numbers, of };
}

const sayingOf = (answer: Answer, versions: ReadonlyMap<string, number>) => ({
  purpose: answer.purpose,
  granted: answer.granted,
  basis: answer.basis,
  importId: answer.importId ?? null,
  stated: statedOrigins.includes(answer.origin),
  version: answer.wordingVersion ?? versions.get(answer.purpose)!,
  expired: answer.act === "expired",
  keeps: answer.keeps ?? null,
});

/** Whether one of these customers was merged into another by an operator: then it keeps answers of its own. */
async function isAnyPart(
  tx: Tx,
  answers: readonly Answer[],
  newcomers: ReadonlySet<number>,
): Promise<boolean> {
  const ids = answers.map((answer) => answer.customerId).filter((id) => !newcomers.has(id));
  if (!ids.length) return false;
  const parts = await query(
    tx,
    sql`select 1 from customer_parts where customer_id = any(${digits([...new Set(ids)])}::bigint[]) limit 1`,
  );
  return parts.length > 0;
}

/** A fact names at most a thousand customers, so that an import does not make one giant row. */
export async function tell(
  tx: Tx,
  fact: "consent.changed" | "consent.withdrawn",
  about: readonly { customerId: number }[],
): Promise<void> {
  const ids = [...new Set(about.map((one) => one.customerId))];
  for (let start = 0; start < ids.length; start += 1000) {
    await announce(tx, fact, { customerIds: ids.slice(start, start + 1000) });
  }
}
