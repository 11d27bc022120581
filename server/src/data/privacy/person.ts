import { z } from "zod";
import type { Person, Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { idsOf, survivorsOf, usedByOthers } from "../identity/index.ts";

/** Shorter texts would be anybody's. */
const textMin = 4;

/** Somebody with all ids that were joined into one; undefined where there is no such customer. */
export async function findPerson(tx: Tx, customerId: number): Promise<Person | undefined> {
  const survivor = (await survivorsOf(tx, [customerId])).get(customerId)!;
  const ids = await idsOf(tx, survivor);
  const rows = await query(
    tx,
    // Of a merged customer each part has a name of its own.
    sql`select email, display_name from customers where id = any(${ids}::bigint[])
      union all select email, display_name from own_profiles where customer_id = any(${ids}::bigint[])`,
    z.object({ email: z.string().nullable(), displayName: z.string().nullable() }),
  );
  if (!rows.length) return undefined;
  // A browser that others use as well names nobody: what they do on it is theirs.
  const shared = await usedByOthers(tx, ids);
  const identifiers = await query(
    tx,
    sql`select kind, value from identifiers where customer_id = any(${ids}::bigint[])
      and not (kind = 'anonymous_id' and customer_id = any(${shared}::bigint[])) order by kind, value`,
    z.object({ kind: z.string(), value: z.string() }),
  );
  // An address that was only a trait names the person as well.
  const emails = rows.flatMap((row) => row.email ?? []);
  for (const value of new Set(emails))
    if (!identifiers.some((one) => one.kind === "email" && one.value === value))
      identifiers.push({ kind: "email", value });
  const texts = [
    ...identifiers.map((one) => one.value),
    ...rows.flatMap((row) => row.displayName ?? []),
    ...ids.map((id) => publicId("customer", id)),
  ];
  return {
    customerId: survivor,
    ids,
    identifiers,
    texts: [...new Set(texts)].filter((text) => text.length >= textMin),
  };
}
