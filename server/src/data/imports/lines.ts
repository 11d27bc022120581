import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { currencyCodes, currencyDecimals } from "../../platform/money.ts";
import { refuse } from "../../platform/refusal.ts";
import { instantSql, isDateSql, lazily, literal, numberSql } from "./expressions.ts";
import { type LineKind, type LineRole, lineKinds } from "./kinds/index.ts";
import type { Mapping, Role, Rules } from "./model.ts";
import { type DateFormat, datePatterns } from "./sniff.ts";
import { rawTable, workTable } from "./tables.ts";

/** How the texts of an import's columns are written; found over all lines, not over a sample. */
export interface Writing {
  dates: DateFormat;
  reviewDates: DateFormat;
  decimalMark: "." | ",";
}

const DateCounts = z.object({
  iso: z.number(),
  dayFirst: z.number(),
  monthFirst: z.number(),
  either: z.number(),
  unix: z.number(),
});

/**
 * Finds out how dates and numbers are written. Refuses dates.mixed, dates.ambiguous and
 * numbers.ambiguous when the mapping leaves it open and the columns do not tell.
 */
export async function findWriting(ctx: Context, importId: number, mapping: Mapping): Promise<Writing> {
  const { rules } = mapping;
  const listed = Object.keys(mapping.files).find((role): role is LineRole => role in lineKinds);
  if (listed) return findListedWriting(ctx, importId, listed, mapping);
  const main: Role = mapping.files.lines ? "lines" : "orders";
  const priced: Role = mapping.files.lines ? "lines" : "items";
  const dates = rules.dates === "auto" ? await dateFormat(ctx, importId, main, mapping) : rules.dates;
  const reviewDates = !mapping.files.reviews
    ? dates
    : rules.dates === "auto"
      ? await dateFormat(ctx, importId, "reviews", mapping)
      : rules.dates;
  const decimalMark =
    rules.decimalMark === "auto" ? await findDecimalMark(ctx, importId, priced, mapping) : rules.decimalMark;
  return { dates, reviewDates, decimalMark };
}

/** The same for lines that are records by themselves; a column that no line fills decides nothing. */
async function findListedWriting(
  ctx: Context,
  importId: number,
  role: LineRole,
  mapping: Mapping,
): Promise<Writing> {
  const { rules } = mapping;
  const columns = mapping.files[role]!;
  const dates =
    rules.dates !== "auto"
      ? rules.dates
      : columns.happenedAt
        ? await dateFormat(ctx, importId, role, mapping)
        : "iso";
  const { amount, numbers } = lineKinds[role] as LineKind;
  const priced = [amount, ...numbers].find((field) => field && columns[field]);
  const decimalMark =
    rules.decimalMark !== "auto"
      ? rules.decimalMark
      : priced
        ? await findDecimalMark(ctx, importId, role, mapping, `f_${priced}`, columns[priced]!)
        : ".";
  return { dates, reviewDates: dates, decimalMark };
}

async function dateFormat(ctx: Context, importId: number, role: Role, mapping: Mapping): Promise<DateFormat> {
  const column = mapping.files[role]!.happenedAt!;
  const [counts] = await ctx.events.query(
    DateCounts,
    {},
    `select
      countIf(${isDateSql("f_happenedAt", "iso")}) as iso,
      countIf(match(f_happenedAt, ${literal(datePatterns.unix)})) as unix,
      countIf(length(g) > 0 and (g[2] = '.' or toUInt8OrZero(g[1]) > 12)) as day_first,
      countIf(length(g) > 0 and g[2] != '.' and toUInt8OrZero(g[3]) > 12) as month_first,
      countIf(length(g) > 0) - day_first - month_first as either
    from (select f_happenedAt, extractGroups(f_happenedAt, ${literal(datePatterns.parts)}) as g from ${rawTable(importId, role)} where fault = '')`,
    { lane: "work" },
  );
  const { iso, unix, dayFirst, monthFirst, either } = counts!;
  const parts = dayFirst + monthFirst + either;
  if (parts > Math.max(iso, unix)) {
    if (dayFirst > 0 && monthFirst > 0) {
      refuse(
        "invalid",
        "dates.mixed",
        `In the column ${column}, ${dayFirst} dates are written day first and ${monthFirst} month first. Export one way, or choose in the mapping which is meant; lines that do not fit are then rejected.`,
        { column, dayFirst, monthFirst },
      );
    }
    if (dayFirst === 0 && monthFirst === 0) {
      refuse(
        "invalid",
        "dates.ambiguous",
        `The column ${column} does not tell whether 03/04 is in March or in April. Choose in the mapping whether the day or the month stands first.`,
        { column },
      );
    }
    return dayFirst > 0 ? "dmy" : "mdy";
  }
  return unix > iso ? "unix" : "iso";
}

/**
 * 12,5 and 1.234.567 tell that a comma stands before the decimals, 0.125 and 1,234.56 that a point does. Where every
 * number with a mark looks like 1.000, a wrong guess would make each amount a thousand times too large or too small.
 */
async function findDecimalMark(
  ctx: Context,
  importId: number,
  role: Role,
  mapping: Mapping,
  value = "if(f_price != '', f_price, f_lineTotal)",
  named?: string,
): Promise<"." | ","> {
  const tells = (mark: string, other: string) =>
    `match(value, '${mark}\\\\d{1,2}\\\\D*$|${mark}\\\\d{4,}\\\\D*$|^\\\\D*0${mark}\\\\d|(${other}\\\\d{3}){2}')`;
  const [counts] = await ctx.events.query(
    z.object({ comma: z.number(), point: z.number(), either: z.number(), example: z.string() }),
    {},
    `select countIf(${tells(",", "\\\\.")}) as comma, countIf(${tells("\\\\.", ",")}) as point,
        countIf(match(value, '^\\\\D*\\\\d{1,3}[.,]\\\\d{3}\\\\D*$')) as either,
        anyIf(extract(value, '\\\\d{1,3}[.,]\\\\d{3}'), match(value, '^\\\\D*\\\\d{1,3}[.,]\\\\d{3}\\\\D*$')) as example
      from (select ${value} as value from ${rawTable(importId, role)} where fault = '')`,
    { lane: "work" },
  );
  const { comma, point, either, example } = counts!;
  if (comma === 0 && point === 0 && either > 0) {
    const { price, lineTotal } = mapping.files[role]!;
    const column = (named ?? price ?? lineTotal)!;
    refuse(
      "invalid",
      "numbers.ambiguous",
      `The column ${column} does not tell whether ${example} is some thousands or has three decimals. Choose in the mapping whether a point or a comma stands before the decimals.`,
      { column, example },
    );
  }
  return comma > point ? "," : ".";
}

/** Every currency with its minor units in one main unit: 100 for EUR, 1 for JPY. */
export function currencyFactors(): { codes: string[]; factors: number[] } {
  const codes = [...currencyCodes];
  return { codes, factors: codes.map((code) => 10 ** currencyDecimals(code)) };
}

/** Values that systems write where they mean nothing. */
export const nothing = ["", "null", "nan", "none", "n/a", "na", "nil", "-", "\\n"];

/**
 * Reads and judges one bucket of orders: each line gets its values and its fate: '' when it is used,
 * `left:<rule>` when a rule sets it aside, `rejected:<reason>` when it cannot be understood.
 */
export async function judgeLines(
  ctx: Context,
  importId: number,
  mapping: Mapping,
  writing: Writing,
  ask: { bucket: number; currency: string; timezone: string },
): Promise<void> {
  const { rules } = mapping;
  const { codes, factors } = currencyFactors();
  const nonProducts = rules.nonProducts.codes.map((code) => code.toLowerCase());
  const params: Params = {
    bucket: ask.bucket,
    zone: ask.timezone,
    currency: ask.currency,
    codes,
    factors,
    prefix: rules.cancellation.prefix ?? "",
    not_purchased: rules.notPurchased.map((status) => status.toLowerCase()),
    non_products: nonProducts.filter((code) => !code.endsWith("*")),
    non_product_starts: nonProducts.filter((code) => code.endsWith("*")).map((code) => code.slice(0, -1)),
    nothing,
    earliest: new Date(Date.UTC(rules.firstYear, 0, 1)),
    latest: new Date(ctx.now().getTime() + 2 * 86_400_000),
  };
  const columns = mapping.files.lines ?? mapping.files.items!;
  const takesFirst = rules.twoCustomers === "first";
  await ctx.events.command(
    `insert into ${workTable(importId, "lines")}
      select {bucket:UInt16}, order_no, refund, file, row, '${mapping.files.lines ? "lines" : "items"}', fate, product, f_name, category, countable,
        ifNull(abs(quantity), 0), ifNull(abs(price), 0), ifNull(amount, 0), currency, ifNull(happened, toDateTime64(0, 3, 'UTC')),
        ${takesFirst ? "if(torn, first_person, person)" : "person"}, f_country, f_city, f_status, f_refundOf, repeated, ''
      from (
        select *,
          ${isRefund(rules)} as refund,
          ${columns.lineTotal ? "ifNull(CAST(line_total * factor, 'Nullable(Decimal(38, 12))'), price * quantity * factor)" : "price * quantity * factor"} as exact,
          accurateCastOrNull(round(if(refund, -abs(exact), exact)) + if(refund, -abs(shipping), shipping), 'Int64') as amount,
          uniqExactIf(person, person != '') over (partition by order_no) > 1 as torn,
          ${takesFirst ? "argMinIf(person, tuple(file, row), person != '') over (partition by order_no) as first_person," : ""}
          toUInt8(row_number() over (partition by fingerprint order by file, row) > 1) as repeated,
          row_number() over (partition by fingerprint, nth_in_file order by file) > 1 as overlapping,
          ${fateSql(rules, columns.price === undefined)} as fate
        from (
          select *, row_number() over (partition by fingerprint, file order by row) as nth_in_file
          from (${valuesSql(importId, mapping, writing)})
        )
      ) settings ${lazily}`,
    params,
    { lane: "work" },
  );
  if (mapping.files.orders) await judgeEmptyOrders(ctx, importId, params);
}

function isRefund(rules: Rules): string {
  const negative = rules.cancellation.negativeQuantity === "refund" ? " or (quantity < 0 and countable)" : "";
  return `toUInt8(({prefix:String} != '' and startsWith(order_no, {prefix:String})) or f_refundOf != ''${negative})`;
}

/** The first thing that is said against a line. */
function fateSql(rules: Rules, totalsOnly: boolean): string {
  const cases: [string, string][] = [
    ["fault = 'blank'", "left:blank"],
    ["fault != ''", "rejected:{fault}"],
    ["order_no = ''", "rejected:order_missing"],
    ["not order_found", "rejected:order_not_in_files"],
    ["not customer_found", "rejected:customer_not_in_files"],
    ["has({not_purchased:Array(String)}, lowerUTF8(f_status))", "left:not_purchased"],
    ["f_happenedAt = ''", "rejected:date_missing"],
    ["not is_date", "rejected:date_other_format"],
    ["isNull(happened)", "rejected:date_unreadable"],
    [
      "happened < {earliest:DateTime64(3, 'UTC')} or happened > {latest:DateTime64(3, 'UTC')}",
      "rejected:date_out_of_range",
    ],
    ["product = ''", "rejected:product_missing"],
    ["isNull(quantity)", "rejected:quantity_not_number"],
    [totalsOnly ? "isNull(line_total)" : "isNull(price)", "rejected:price_not_number"],
    ["factor = 0", "rejected:currency_unknown"],
    ["isNull(amount) or abs(amount) > 9000000000000000", "rejected:amount_too_large"],
    ["match(person, '^\\\\d([.,]\\\\d+)?[eE][+]\\\\d+$')", "rejected:customer_damaged"],
    ["lengthUTF8(person) > 200", "rejected:customer_too_long"],
  ];
  if (rules.twoCustomers === "reject") cases.push(["torn", "rejected:two_customers"]);
  if (rules.overlap === "drop") cases.push(["overlapping", "left:overlap"]);
  if (rules.zeroQuantity === "leave_out") cases.push(["quantity = 0", "left:quantity_zero"]);
  if (rules.duplicates === "drop") cases.push(["repeated", "left:duplicate"]);
  if (rules.pricesNotPositive === "leave_out") cases.push(["price <= 0", "left:price_not_positive"]);
  // A price of 0 on a correction of the stock is told first: such lines are no refunds.
  if (rules.cancellation.negativeQuantity === "reject")
    cases.push(["quantity < 0 and countable and not refund", "rejected:quantity_negative"]);
  if (rules.nonProducts.treatment === "leave_out") cases.push(["not countable", "left:non_product"]);
  if (rules.withoutCustomer === "leave_out") cases.push(["person = ''", "left:without_customer"]);
  const text = (fate: string) => (fate === "rejected:{fault}" ? "concat('rejected:', fault)" : `'${fate}'`);
  return `multiIf(${cases.map(([when, fate]) => `${when}, ${text(fate)}`).join(", ")}, '')`;
}

/** The lines with their columns as values; null where a text is no such value. */
function valuesSql(importId: number, mapping: Mapping, writing: Writing): string {
  const { rules } = mapping;
  const columns = mapping.files.lines ?? mapping.files.items!;
  const number = (column: string, scale: number, largest: string) =>
    numberSql(column, writing.decimalMark, scale, largest);
  const quantity = columns.quantity ? number("f_quantity", 4, "1e9") : "toNullable(toDecimal128(1, 4))";
  const total = columns.lineTotal
    ? number("f_lineTotal", 8, "1e13")
    : "CAST(null, 'Nullable(Decimal(38, 8))')";
  const price = columns.price
    ? number("f_price", 8, "1e12")
    : "if(quantity = 0, null, toDecimal128OrNull(toString(round(toFloat64(line_total) / toFloat64(quantity), 8)), 8))";
  const id = rules.customerIds.removeDecimals ? "replaceRegexpOne(f_customer, '[.,]0+$', '')" : "f_customer";
  return `select *,
      f_order as order_no, ${rules.productFallback === "name" ? "if(f_product = '', f_name, f_product)" : "f_product"} as product,
      ${quantity} as quantity, ${total} as line_total, ${price} as price,
      ${extrasSql(mapping, number)} as shipping,
      if(f_currency = '', {currency:String}, upper(f_currency)) as currency,
      transform(toString(currency), {codes:Array(String)}, {factors:Array(Int64)}, toInt64(0)) as factor,
      ${isDateSql("f_happenedAt", writing.dates)} as is_date, ${instantSql("f_happenedAt", writing.dates)} as happened,
      has({nothing:Array(String)}, lowerUTF8(f_customer)) as nameless,
      if(nameless, '', ${rules.customerIds.kind === "email" ? `lowerUTF8(${id})` : id}) as person,
      toUInt8(not (has({non_products:Array(String)}, lowerUTF8(product)) or arrayExists(x -> startsWith(lowerUTF8(product), x), {non_product_starts:Array(String)}))) as countable,
      f_category as category,
      sipHash128(cells) as fingerprint
    from (${mapping.files.lines ? wholeSql(importId, rules) : joinedSql(importId, mapping)})`;
}

/** SQL of what a line pays beside its product: freight, less a discount. Of an order's own its first line brings it. */
function extrasSql(
  mapping: Mapping,
  number: (column: string, scale: number, largest: string) => string,
): string {
  const { rules } = mapping;
  const columns = mapping.files.lines ?? mapping.files.items!;
  const money = (column: string) => `ifNull(round(${number(column, 8, "1e12")} * factor), 0)`;
  const parts = [
    ...(columns.shipping && rules.shipping === "count_amount" ? [money("f_shipping")] : []),
    ...(columns.discount ? [`-abs(${money("f_discount")})`] : []),
  ];
  if (!parts.length) return "toDecimal128(0, 8)";
  const all = `(${parts.join(" + ")})`;
  return rules.onceAnOrder
    ? `if(row_number() over (partition by f_order order by file, row) = 1, ${all}, toDecimal128(0, 8))`
    : all;
}

/** What the first line of an order says for those after it. */
const ofTheOrder = ["customer", "currency", "country", "city", "status", "happenedAt", "refundOf"];

/** Order lines that hold all by themselves, or that leave to the first of an order what they do not repeat. */
function wholeSql(importId: number, rules: Rules): string {
  const filled = ofTheOrder.map(
    (field) =>
      `if(f_${field} = '' and f_order != '', argMinIf(f_${field}, tuple(file, row), f_${field} != '') over (partition by f_order), f_${field}) as f_${field}`,
  );
  const columns = rules.laterLines === "as_first" ? `* replace (${filled.join(", ")})` : "*";
  return `select ${columns}, 1 as order_found, 1 as customer_found from ${rawTable(importId, "lines")} where bucket = {bucket:UInt16}`;
}

/**
 * Items with their order, customer and product. An order that stands twice in its file counts as it
 * stands last.
 */
function joinedSql(importId: number, mapping: Mapping): string {
  const { customers, products, categories } = mapping.files;
  const last = (role: Role, key: string, where: string) =>
    `(select * from ${rawTable(importId, role)} where fault = '' and ${where} order by file desc, row desc limit 1 by ${key})`;
  const inOrders = `select f_customer from ${rawTable(importId, "orders")} where bucket = {bucket:UInt16}`;
  const inItems = `select f_product from ${rawTable(importId, "items")} where bucket = {bucket:UInt16}`;
  const joins = [
    `left join ${last("orders", "f_order", "bucket = {bucket:UInt16}")} as o on o.f_order = i.f_order`,
    customers
      ? `left join ${last("customers", "f_key", `f_key in (${inOrders})`)} as c on c.f_key = o.f_customer`
      : "",
    products
      ? `left join ${last("products", "f_product", `f_product in (${inItems})`)} as p on p.f_product = i.f_product`
      : "",
    products && categories
      ? `left join ${last("categories", "f_category", "1")} as t on t.f_category = p.f_category`
      : "",
  ];
  const category = products
    ? categories
      ? "if(t.f_label != '', t.f_label, p.f_category)"
      : "p.f_category"
    : "i.f_category";
  return `select i.file as file, i.row as row, i.fault as fault, i.cells as cells, i.f_order as f_order, i.f_product as f_product,
      ${products ? "if(i.f_name != '', i.f_name, p.f_name)" : "i.f_name"} as f_name, ${category} as f_category,
      i.f_quantity as f_quantity, i.f_price as f_price, i.f_lineTotal as f_lineTotal, i.f_shipping as f_shipping, '' as f_discount,
      o.f_currency as f_currency, o.f_status as f_status, o.f_refundOf as f_refundOf, o.f_happenedAt as f_happenedAt,
      ${customers ? "c.f_person" : "o.f_customer"} as f_customer,
      ${customers ? "if(c.f_country != '', c.f_country, o.f_country)" : "o.f_country"} as f_country,
      ${customers ? "if(c.f_city != '', c.f_city, o.f_city)" : "o.f_city"} as f_city,
      o.f_order != '' as order_found, ${customers ? "(c.f_key != '' or o.f_customer = '' or not order_found)" : "1"} as customer_found
    from (select * from ${rawTable(importId, "items")} where bucket = {bucket:UInt16}) as i ${joins.join(" ")}`;
}

/** Orders of which no item is there: a purchase of nothing cannot be kept. */
async function judgeEmptyOrders(ctx: Context, importId: number, params: Params): Promise<void> {
  const { bucket, not_purchased } = params;
  await ctx.events.command(
    `insert into ${workTable(importId, "lines")} (bucket, order_no, file, row, role, fate)
      select bucket, f_order, file, row, 'orders',
        multiIf(fault = 'blank', 'left:blank', fault != '', 'rejected:' || fault, f_order = '', 'rejected:order_missing',
          has({not_purchased:Array(String)}, lowerUTF8(f_status)), 'left:not_purchased', 'rejected:order_without_lines')
      from ${rawTable(importId, "orders")}
      where bucket = {bucket:UInt16}
        and (fault != '' or f_order = '' or f_order not in (select f_order from ${rawTable(importId, "items")} where bucket = {bucket:UInt16}))`,
    { bucket: bucket!, not_purchased: not_purchased! },
    { lane: "work" },
  );
}
