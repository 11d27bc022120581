import type { Context } from "../../garden/index.ts";
import { instantSql, isDateSql } from "./expressions.ts";
import type { Writing } from "./lines.ts";
import type { Mapping } from "./model.ts";
import { rawTable, workTable } from "./tables.ts";

/** A subquery of the imports that count: shown, and not undone. */
export const shownImports =
  "(select import_id from imports_shown group by import_id having argMax(shown, version) = 1)";

/** Gathers the used lines of a bucket into orders and refunds, and the reviews that came with them. */
export async function draftRecords(
  ctx: Context,
  importId: number,
  mapping: Mapping,
  bucket: number,
): Promise<void> {
  await draftOrders(ctx, importId, mapping, bucket);
  await draftWithdrawn(ctx, importId, mapping, bucket);
  if (mapping.files.reviews) await draftReviews(ctx, importId, mapping, bucket);
}

export const draftColumns =
  "bucket, record_key, name, person, country, city, happened_at, amount_minor, currency, properties, title, body, lines, content";

async function draftOrders(ctx: Context, importId: number, mapping: Mapping, bucket: number): Promise<void> {
  const lines = workTable(importId, "lines");
  const payments = mapping.files.payments
    ? `left join (select f_order, arraySort(groupUniqArray(f_type)) as paid_by from ${rawTable(importId, "payments")}
        where bucket = {bucket:UInt16} and fault = '' and f_type != '' group by f_order) as pay on pay.f_order = order_no`
    : "";
  const latest = mapping.rules.refunds === "latest_order";
  const { lines: whole, items, products } = mapping.files;
  /** What of a product the events carry: only what the export has. */
  const parts: [string, string][] = [["p.1", "product_id String"]];
  if (whole?.name ?? items?.name ?? products?.name) parts.push(["p.2", "name String"]);
  if (whole?.category ?? items?.category ?? products?.category) parts.push(["p.3", "category String"]);
  parts.push(
    ["p.4", "quantity Decimal(38, 4)"],
    ["p.5", "price Decimal(38, 8)"],
    ["p.6", "amount_minor Int64"],
  );
  if (latest) parts.push(["p.7", "order_id String"]);
  // Equal lines of an order become one product with their quantities added, in an order that no export decides.
  await ctx.events.command(
    `insert into ${workTable(importId, "drafts")} (${draftColumns})
      select {bucket:UInt16}, concat(if(refund = 1, 'refund:', 'order:'), {source:String}, ':', order_no) as record_key,
        if(refund = 1, 'Order Refunded', 'Order Completed') as name, person, country, city, at as happened_at, amount as amount_minor, money,
        concat('{', if(named_order = '', '', concat('"order_id":', toJSONString(named_order), ',')),
          if(refund = 1, concat('"refund_id":', toJSONString(order_no), ','), ''),
          '"products":', toJSONString(CAST(arrayMap(p -> tuple(${parts.map(([part]) => part).join(", ")}), bought),
            'Array(Tuple(${parts.map(([, type]) => type).join(", ")}))')),
          if(empty(charges), '', concat(',"charges":', toJSONString(CAST(charges, 'Array(Tuple(code String, name String, amount_minor Int64))')))),
          if(country = '', '', concat(',"country":', toJSONString(country))),
          if(state = '', '', concat(',"status":', toJSONString(state))),
          ${payments ? "if(empty(pay.paid_by), '', concat(',\"payment_types\":', toJSONString(pay.paid_by)))," : ""}
          '}') as properties,
        '', '', line_count,
        reinterpretAsUInt128(sipHash128(name, person, country, city, happened_at, amount_minor, money, properties))
      from (
        select order_no, refund, max(person) as person, max(country) as country, max(city) as city, min(at) as at, sum(sum_amount) as amount,
          any(money) as money, max(state) as state, toUInt32(sum(line_count)) as line_count,
          arraySort(groupArrayIf(tuple(product, product_name, product_category, number, unit_price, sum_amount, sold_in), countable = 1)) as bought,
          arraySort(groupArrayIf(tuple(product, product_name, sum_amount), countable = 0)) as charges,
          multiIf(refund = 0, order_no, max(named) != '', max(named), not ({prefix:String} != '' and startsWith(order_no, {prefix:String})), order_no,
            uniqExactIf(sold_in, sold_in != '') = 1, maxIf(sold_in, sold_in != ''), '') as named_order
        from (
          select order_no, refund, product, price as unit_price, countable, max(l.name) as product_name, max(toString(l.category)) as product_category,
            sum(l.quantity) as number, sum(l.amount_minor) as sum_amount, min(l.happened_at) as at, max(l.person) as person,
            max(toString(l.country)) as country, max(l.city) as city, any(toString(l.currency)) as money, max(toString(l.status)) as state,
            max(l.refund_of) as named, count() as line_count, max(l.sold_in) as sold_in
          from ${latest ? soldIn(importId) : `(select *, '' as sold_in from ${lines} where bucket = {bucket:UInt16} and fate = '' and role != 'reviews')`} as l
          group by order_no, refund, product, price, countable
        )
        group by order_no, refund
      ) as gathered ${payments}`,
    { bucket, source: mapping.source, prefix: mapping.rules.cancellation.prefix ?? "" },
    { lane: "work" },
  );
}

/** Refund lines beside the customer's latest earlier order of the same product. */
function soldIn(importId: number): string {
  const lines = workTable(importId, "lines");
  const mine = `select * from ${lines} where bucket = {bucket:UInt16} and fate = '' and role != 'reviews'`;
  return `(select r.*, b.order_no as sold_in from (${mine}) as r
    asof left join (select person, product, happened_at, order_no from ${workTable(importId, "bought")}
      where person in (select person from ${lines} where bucket = {bucket:UInt16} and fate = '' and refund = 1 and person != '')) as b
    on r.person = b.person and r.product = b.product and r.happened_at >= b.happened_at
    settings join_use_nulls = 0)`;
}

/** What customers bought, for refunds to be set against: this import's orders, and those known before. */
export async function gatherBought(ctx: Context, importId: number): Promise<void> {
  const lines = workTable(importId, "lines");
  const people = workTable(importId, "people");
  const returning = `select person from ${lines} where fate = '' and refund = 1 and person != ''`;
  await ctx.events.command(
    `insert into ${workTable(importId, "bought")}
      select person, product, happened_at, order_no from ${lines} where fate = '' and role != 'reviews' and refund = 0 and countable = 1 and person in (${returning})
      union all
      select p.person, JSONExtractString(arrayJoin(JSONExtractArrayRaw(toString(e.properties), 'products')) as product, 'product_id'), e.happened_at, toString(e.properties.order_id)
      from (select customer_id, happened_at, properties from events where name = 'Order Completed' and import_id != {id:UInt32}
        and customer_id in (select customer_id from ${people} where person in (${returning}))) as e
      inner join ${people} as p on p.customer_id = e.customer_id`,
    { id: importId },
    { lane: "work" },
  );
}

/** Orders that are known, and that this export calls no purchase: they are taken back. */
async function draftWithdrawn(
  ctx: Context,
  importId: number,
  mapping: Mapping,
  bucket: number,
): Promise<void> {
  if (!mapping.rules.notPurchased.length) return;
  await ctx.events.command(
    `insert into ${workTable(importId, "drafts")} (bucket, record_key, name)
      select {bucket:UInt16}, concat('order:', {source:String}, ':', order_no), ''
      from ${workTable(importId, "lines")} where bucket = {bucket:UInt16} and role != 'reviews'
      group by order_no having countIf(fate = 'left:not_purchased') > 0 and countIf(fate = '') = 0`,
    { bucket, source: mapping.source },
    { lane: "work" },
  );
}

/** Judges the reviews of a bucket's orders; who wrote one is who ordered. */
export async function judgeReviews(
  ctx: Context,
  importId: number,
  mapping: Mapping,
  writing: Writing,
  bucket: number,
  timezone: string,
): Promise<void> {
  const reviews = rawTable(importId, "reviews");
  const orders = rawTable(importId, mapping.files.orders ? "orders" : "lines");
  const { customers } = mapping.files;
  // An order that stands twice counts as it stands last; of lines with two customers the first may count.
  const ordersFirst =
    mapping.files.lines && mapping.rules.twoCustomers === "first"
      ? "f_customer = '', file, row"
      : "file desc, row desc";
  const id = mapping.rules.customerIds.removeDecimals ? "replaceRegexpOne(who, '[.,]0+$', '')" : "who";
  await ctx.events.command(
    `insert into ${workTable(importId, "lines")} (bucket, order_no, file, row, role, fate, person, happened_at, product, name, city)
      select {bucket:UInt16}, r.f_order, r.file, r.row, 'reviews',
        multiIf(r.fault = 'blank', 'left:blank', r.fault != '', concat('rejected:', r.fault), r.f_review = '', 'rejected:review_missing',
          r.f_order = '', 'rejected:order_missing', o.f_order = '', 'rejected:order_not_in_files',
          isNull(toFloat64OrNull(r.f_score)), 'rejected:score_unreadable', r.f_happenedAt = '', 'rejected:date_missing',
          not ${isDateSql("r.f_happenedAt", writing.reviewDates)}, 'rejected:date_other_format', isNull(happened), 'rejected:date_unreadable', ''),
        ${mapping.rules.customerIds.kind === "email" ? `lowerUTF8(${id})` : id}, ifNull(happened, toDateTime64(0, 3, 'UTC')), '', '', ''
      from (select *, ${instantSql("f_happenedAt", writing.reviewDates)} as happened from ${reviews} where bucket = {bucket:UInt16}) as r
      left join (
        select f_order, ${customers ? "c.f_person" : "f_customer"} as who
        from (select f_order, f_customer from ${orders} where bucket = {bucket:UInt16} and fault = '' order by ${ordersFirst} limit 1 by f_order) as o
        ${customers ? `left join (select f_key, f_person from ${rawTable(importId, "customers")} where fault = '' order by file desc, row desc limit 1 by f_key) as c on c.f_key = f_customer` : ""}
      ) as o on o.f_order = r.f_order`,
    { bucket, zone: timezone },
    { lane: "work" },
  );
}

/**
 * Reviews with their order's customer and products. The score stays in the event, the words do not:
 * only a digest of them is compared.
 */
async function draftReviews(ctx: Context, importId: number, mapping: Mapping, bucket: number): Promise<void> {
  const reviews = rawTable(importId, "reviews");
  const items = rawTable(importId, mapping.files.items ? "items" : "lines");
  await ctx.events.command(
    `insert into ${workTable(importId, "drafts")} (${draftColumns})
      select {bucket:UInt16}, concat('review:', {source:String}, ':', r.f_review, ':', r.f_order) as record_key, 'Review Submitted' as name,
        l.person as person, '' as country, '' as city, l.happened_at as happened_at, null, '',
        concat('{"review_id":', toJSONString(r.f_review), ',"order_id":', toJSONString(r.f_order), ',"score":', toString(toFloat64(r.f_score)),
          ',"has_text":', if(r.f_text = '' and r.f_title = '', 'false', 'true'),
          if(empty(products), '', concat(',"product_ids":', toJSONString(products))), '}') as properties,
        r.f_title, r.f_text, toUInt32(count() over (partition by record_key)),
        reinterpretAsUInt128(sipHash128(name, person, happened_at, properties, r.f_title, r.f_text))
      from (select * from ${reviews} where bucket = {bucket:UInt16}) as r
      inner join (select file, row, person, happened_at from ${workTable(importId, "lines")}
        where bucket = {bucket:UInt16} and role = 'reviews' and fate = '') as l on l.file = r.file and l.row = r.row
      left join (select f_order, arraySort(groupUniqArray(f_product)) as products from ${items} where bucket = {bucket:UInt16} and fault = '' group by f_order) as i
        on i.f_order = r.f_order
      order by r.file desc, r.row desc limit 1 by record_key`,
    { bucket, source: mapping.source },
    { lane: "work" },
  );
}

/**
 * Compares a bucket's records with what is known of them: new, updated, unchanged or withdrawn; and notes whose they are and
 * what of them may be kept, so that nobody is looked up again.
 */
export async function compareRecords(ctx: Context, importId: number, bucket: number): Promise<void> {
  const drafts = workTable(importId, "drafts");
  await ctx.events.command(
    `insert into ${workTable(importId, "records")} (${draftColumns}, channel, campaign, medium, state, old_event_id, event_id, customer_id, collect, erased)
      select d.bucket, d.record_key, d.name, d.person, d.country, d.city, d.happened_at, d.amount_minor, d.currency, d.properties, d.title, d.body, d.lines, d.content, d.channel, d.campaign, d.medium,
        multiIf(d.name = '', 'withdrawn', k.record_key = '', 'new', k.content = d.content and k.withdrawn = 0, 'unchanged', 'updated') as state,
        if(k.withdrawn = 1, toUUID('00000000-0000-0000-0000-000000000000'), k.event_id) as old_event_id,
        reinterpretAsUUID(sipHash128({salt:String}, {id:UInt32}, d.record_key, d.content)), p.customer_id, p.collect, p.erased
      from (select * from ${drafts} where bucket = {bucket:UInt16}) as d
      left join (
        select record_key, argMax(event_id, record_version) as event_id, argMax(content, record_version) as content, argMax(withdrawn, record_version) as withdrawn
        from import_records
        where import_id != {id:UInt32} and import_id in ${shownImports}
          and record_key in (select record_key from ${drafts} where bucket = {bucket:UInt16})
        group by record_key
      ) as k on k.record_key = d.record_key
      left join (
        select person, customer_id, collect, erased from ${workTable(importId, "people")}
        where person in (select person from ${drafts} where bucket = {bucket:UInt16})
      ) as p on p.person = d.person
      where d.name != '' or (k.record_key != '' and k.withdrawn = 0)`,
    { bucket, id: importId, salt: ctx.garden.id },
    { lane: "work" },
  );
}
