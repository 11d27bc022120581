import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { listPurposes } from "../consent/index.ts";
import { instantSql, isDateSql, lazily, numberSql } from "./expressions.ts";
import { type LineKind, type LineRole, lineKinds } from "./kinds/index.ts";
import type { KindAsk, RecordSql } from "./kinds/kind.ts";
import { currencyFactors, nothing, type Writing } from "./lines.ts";
import type { Mapping } from "./model.ts";
import { draftColumns } from "./records.ts";
import type { StoredImport } from "./store.ts";
import { rawTable, workTable } from "./tables.ts";

/** The kind of an import of which each line is a record; undefined for orders. */
export function lineKindOf(mapping: Pick<Mapping, "files">): { role: LineRole; kind: LineKind } | undefined {
  const role = Object.keys(mapping.files).find((one): one is LineRole => one in lineKinds);
  return role && { role, kind: lineKinds[role] };
}

/**
 * Reads and judges one bucket of lines that are records by themselves: each gets its person, its time and its fate,
 * as lines of orders do.
 */
export async function judgeListed(
  ctx: Context,
  one: StoredImport,
  writing: Writing,
  bucket: number,
): Promise<void> {
  const { role, kind } = lineKindOf(one.mapping)!;
  const ask = askOf(writing);
  await ctx.events.command(
    `insert into ${workTable(one.id, "lines")} (bucket, order_no, file, row, role, fate, person, email, happened_at)
      select {bucket:UInt16}, '', file, row, '${role}', ${fateSql(one.mapping, kind, ask)}, person, email, ifNull(happened, toDateTime64(0, 3, 'UTC'))
      from (${valuesSql(one, role, kind, ask, writing)}) settings ${lazily}`,
    await paramsOf(ctx, one, bucket),
    { lane: "work" },
  );
}

/** Makes records of the used lines of a bucket. Of a record that stands several times the last counts. */
export async function draftListed(
  ctx: Context,
  one: StoredImport,
  writing: Writing,
  bucket: number,
): Promise<void> {
  const { role, kind } = lineKindOf(one.mapping)!;
  const ask = askOf(writing);
  const params = { ...(await paramsOf(ctx, one, bucket)), source: one.mapping.source };
  const used = `(select file, row from ${workTable(one.id, "lines")} where bucket = {bucket:UInt16} and role = '${role}' and fate = '')`;
  for (const [at, record] of kind.records(ask).entries()) {
    await ctx.events.command(
      `insert into ${workTable(one.id, "drafts")} (${draftColumns}, channel, campaign, medium)
        select {bucket:UInt16}, concat('${record.word}:', {source:String}, ':', toString(${record.key})) as record_key, name, person, '' as country, '' as city,
          ${record.at ?? "happened"} as happened_at, amount_of as amount_minor, money, properties, title, body,
          ${at === 0 ? "toUInt32(count() over (partition by record_key))" : "toUInt32(0)"},
          reinterpretAsUInt128(sipHash128(name, person, ${record.at ? "happened_at" : "if(dated, happened_at, toDateTime64(0, 3, 'UTC'))"}, ifNull(amount_minor, 0), isNull(amount_minor), money, properties, title, body, channel, campaign, medium)),
          channel, campaign, medium
        from (
          select *, ${recordSql(record)},
            row_number() over (partition by content${one.mapping.rules.overlap === "drop" ? ", file" : ""} order by file, row) as nth
          from (${valuesSql(one, role, kind, ask, writing)})
          where (file, row) in ${used}${record.when ? ` and ${record.when}` : ""}
        )
        order by file desc, row desc limit 1 by record_key settings ${lazily}`,
      params,
      { lane: "work" },
    );
  }
}

function recordSql(record: RecordSql): string {
  return [
    `${record.name} as name`,
    `${record.properties} as properties`,
    `${record.title ?? "''"} as title`,
    `${record.body ?? "''"} as body`,
    `${record.amount ?? "CAST(null, 'Nullable(Int64)')"} as amount_of`,
    `${record.amount ? "if(isNull(amount_of), '', currency)" : "''"} as money`,
    `if(${record.channel ?? "''"} = '', {channel:String}, ${record.channel ?? "''"}) as channel`,
    `${record.campaign ?? "''"} as campaign`,
    `${record.medium ?? "if(channel = '', '', 'owned')"} as medium`,
  ].join(", ");
}

const askOf = (writing: Writing): KindAsk => ({
  number: (column) => numberSql(column, writing.decimalMark, 4, "1e12"),
  instant: (column) => instantSql(column, writing.dates),
});

async function paramsOf(ctx: Context, one: StoredImport, bucket: number): Promise<Params> {
  const { codes, factors } = currencyFactors();
  const purposes = await listPurposes(ctx.pool);
  return {
    bucket,
    zone: one.timezone,
    currency: one.currency,
    codes,
    factors,
    nothing,
    channel: one.mapping.rules.channel,
    purposes: purposes.map((purpose) => purpose.key),
    created: one.createdAt,
    now: ctx.now(),
    earliest: new Date(Date.UTC(one.mapping.rules.firstYear, 0, 1)),
    latest: new Date(ctx.now().getTime() + 2 * 86_400_000),
  };
}

/** The first thing that is said against a line. */
function fateSql(mapping: Mapping, kind: LineKind, ask: KindAsk): string {
  const { rules } = mapping;
  const dateNeeded = kind.needed.includes(kind.dates[0]!);
  const cases: [string, string][] = [
    ["fault = 'blank'", "'left:blank'"],
    ["fault != ''", "concat('rejected:', fault)"],
  ];
  const reject = (when: string, reason: string) => cases.push([when, `'rejected:${reason}'`]);
  if (dateNeeded) reject("f_happenedAt = ''", "date_missing");
  reject("f_happenedAt != '' and not is_date", "date_other_format");
  reject("f_happenedAt != '' and isNull(read_at)", "date_unreadable");
  reject(
    "f_happenedAt != '' and (happened < {earliest:DateTime64(3, 'UTC')} or happened > {latest:DateTime64(3, 'UTC')})",
    "date_out_of_range",
  );
  if (kind.person !== "none") {
    reject("match(named, '^\\\\d([.,]\\\\d+)?[eE][+]\\\\d+$')", "customer_damaged");
    reject("lengthUTF8(named) > 200", "customer_too_long");
    reject("email_said != '' and email = ''", "email_unreadable");
  }
  if (kind.person === "needed") reject("person = ''", "person_missing");
  for (const [when, reason] of kind.faults(ask)) reject(when, reason);
  if (kind.amount) {
    reject("f_amount != '' and factor = 0", "currency_unknown");
    reject("f_amount != '' and isNull(amount)", "amount_not_number");
    reject("abs(amount) > 9000000000000000", "amount_too_large");
  }
  if (kind.person === "possible" && rules.withoutCustomer === "leave_out")
    cases.push(["person = ''", "'left:without_customer'"]);
  return `multiIf(${cases.map(([when, fate]) => `ifNull(${when}, 0), ${fate}`).join(", ")}, '')`;
}

/**
 * The lines of a bucket with their columns as values. A person is written with the sort of identifier before it: `#` the
 * customer's number, `@` an e-mail address, `~` a browser's id.
 */
function valuesSql(
  one: StoredImport,
  role: LineRole,
  kind: LineKind,
  ask: KindAsk,
  writing: Writing,
): string {
  const { rules } = one.mapping;
  const has = (field: string) => [...kind.needed, ...kind.optional].includes(field);
  const column = (field: string) => (has(field) ? `f_${field}` : "''");
  const clean = rules.customerIds.removeDecimals
    ? `replaceRegexpOne(${column("customer")}, '[.,]0+$', '')`
    : column("customer");
  const named = `if(has({nothing:Array(String)}, lowerUTF8(${column("customer")})), '', ${clean})`;
  const byEmail = rules.customerIds.kind === "email";
  const given = byEmail ? `if(${column("email")} = '', named, ${column("email")})` : column("email");
  const amount = kind.amount ? `${numberSql(`f_${kind.amount}`, writing.decimalMark, 8, "1e13")}` : "";
  const money = kind.amount
    ? `if(f_currency = '', {currency:String}, upper(f_currency)) as currency,
      transform(toString(currency), {codes:Array(String)}, {factors:Array(Int64)}, toInt64(0)) as factor,
      accurateCastOrNull(round(${amount} * factor), 'Int64') as amount,`
    : "'' as currency,";
  const said = [...kind.needed, ...kind.optional].map((field) => `f_${field}`);
  return `select *, ${money}
      ${named} as named, ${given} as email_given,
      if(has({nothing:Array(String)}, lowerUTF8(email_given)), '', email_given) as email_said,
      if(lengthUTF8(email_said) <= 254 and match(lowerUTF8(email_said), '^[^\\\\s@]+@[^\\\\s@]+\\\\.[^\\\\s@]+$'), lowerUTF8(email_said), '') as email,
      multiIf(${byEmail ? "0" : "named != ''"}, concat('#', named), email != '', concat('@', email), ${column("anonymous")} != '', concat('~', ${column("anonymous")}), '') as person,
      ${isDateSql("f_happenedAt", writing.dates)} as is_date, ${ask.instant("f_happenedAt")} as read_at,
      f_happenedAt != '' as dated, if(dated, ifNull(read_at, toDateTime64(0, 3, 'UTC')), {created:DateTime64(3, 'UTC')}) as happened,
      sipHash128(${said.join(", ")}, others) as content
    from ${rawTable(one.id, role)} where bucket = {bucket:UInt16}`;
}
