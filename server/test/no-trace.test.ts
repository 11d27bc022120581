import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sendFile } from "../src/data/imports/testing.ts";
import { enqueue } from "../src/platform/outbox/index.ts";
import { openGarden } from "./harness.ts";
import { tracesInClickHouse, tracesInFiles, tracesInPostgres } from "./traces.ts";

const garden = await openGarden({}, {}, { ownPostgres: true });
const { ctx } = garden;

/** A text and a number that stand nowhere else: the person's own, and the product's for them. */
const name = "Zaunkoenig7q4";
const firstId = 3_141_592;
const uuid = "3f1c2b1e-0000-4000-8000-000000000001";

const run = (text: string, values: unknown[] = []) => ctx.pool.query(text, values);

/** Tables that came with merges, mails, contacts, webhooks, imports and the catalogue of events. */
async function plantAround(id: number, sourceId: number): Promise<void> {
  await run("insert into customer_parts (customer_id, survivor_id) values ($1, $1)", [id]);
  await run(
    "insert into own_profiles (customer_id, first_seen_at, last_seen_at, traits, trait_times, email, display_name) values ($1, now(), now(), $2, '{}', $3, $4)",
    [id, { name }, `${name.toLowerCase()}@example.org`, name],
  );
  await run(
    "insert into own_answers (customer_id, purpose, granted, basis, at, stated) values ($1, 'measure', true, 'consent', now(), false)",
    [id],
  );
  await run("insert into own_arms (customer_id, arm, decided_at) values ($1, 'treated', now())", [id]);
  await run(
    "insert into merges (kind, survivor_id, joined_id, at, by_name) values ('merge', $1, 7, now(), 'test')",
    [id],
  );
  await run(
    "insert into merges (kind, survivor_id, joined_id, undoes, at, by_name) select 'unmerge', $1, 7, id, now(), 'test' from merges",
    [id],
  );
  await run(
    "insert into merged_records (part_id, record_key, event_id, trusted, received_at, number) values ($1, $2, $3, true, now(), 3000000000)",
    [id, `order:${name}`, uuid],
  );
  await run("insert into shared_devices (visitor_id, current_id) values (7, $1)", [id]);
  await run("insert into device_users (visitor_id, customer_id, first_at) values (7, $1, now())", [id]);
  await run(
    "insert into merge_proposals (customer_a, customer_b, reason, evidence, created_at) values (1, 2, 'same_ids', $1, now())",
    [{ sightings: [{ messageId: `${name}-account-9` }] }],
  );
  await run(
    "insert into visitor_sessions (visitor_id, sessions, recent) values ($1, 1, '[]') on conflict do nothing",
    [id],
  );
  await run("insert into internal_people (customer_id, since) values ($1, now())", [id]);
  await run(
    "insert into import_traits (customer_id, key, import_id, value, said_at) values ($1, 'name', 1, $2, 'x')",
    [id, JSON.stringify(name)],
  );
  await run(
    "insert into import_first_traits (customer_id, import_id, said_at, traits) values ($1, 1, 'x', $2)",
    [id, JSON.stringify({ name })],
  );
  await run(
    "insert into import_identifiers (kind, value, import_id, customer_id) values ('user_id', $2, 1, $1)",
    [id, `${name}-account`],
  );
  const messageId = "<11111111-0000-4000-8000-000000000001@rondell>";
  await run(
    "insert into mails (kind, customer_id, recipient, subject, message_id, due_at, created_at, state) values ('confirm', $1, $2, $2, $3, now(), now(), 'sent')",
    [id, `${name}@example.org`, messageId],
  );
  await run(
    "insert into consent_requests (customer_id, purpose, wording_version, address, origin, language, token_hash, message_id, asked_at, expires_at) values ($1, 'measure', 1, $2, 'page', 'en', 'x', $3, now(), now())",
    [id, `${name}@example.org`, messageId],
  );
  await mkdir(join(garden.dataDir, "mails"), { recursive: true });
  await writeFile(
    join(garden.dataDir, "mails", "11111111-0000-4000-8000-000000000001@rondell.eml"),
    `To: ${name}@example.org`,
  );
  await run(
    "insert into consent_checks (checked_at, entries, erased, chains, seals, fault) values (now(), 1, 0, 1, 0, $1)",
    [{ kind: "entry.changed", entry: 1, seal: null, customerId: id, purpose: "measure" }],
  );
  await run(
    "insert into contacts (client_id, at, recorded_at, actor_id, actor_name, customer_id, kind, channel, note) values ('c', now(), now(), 'test', 'test', $1, 'phone', 'phone', $2)",
    [id, `spoke with ${name}`],
  );
  await run(
    "insert into webhook_targets (name, url, secret, created_at, state) values ('t', 'https://target.example', 'whsec_AAAA', now(), 'off')",
  );
  await run(
    "insert into webhook_deliveries (target_id, event_id, customer_id, name, payload, queued_at) values (1, $2, $1, 'Order Completed', $3, now())",
    [id, uuid, { properties: { order_id: name } }],
  );
  await run(
    "insert into webhook_examples (source_id, received_at, reason, trusted, headers, body) values ($1, now(), 'unmapped', true, '{}', $2), ($1, now(), 'unmapped', true, '{}', $3)",
    [
      sourceId,
      JSON.stringify({ buyer: { mail: `${name}@Example.org` } }),
      JSON.stringify({ buyer: { mail: "other@example.org" } }),
    ],
  );
  const typo = `Order of ${name}-account`;
  await run(
    "insert into event_names (name, first_at, last_at, events, looked_at, trusted) values ($1, now(), now(), 1, 1, true)",
    [typo],
  );
  await run("insert into event_days (name, day, source_id, events) values ($1, now(), 1, 1)", [typo]);
  await run(
    "insert into event_properties (name, path, first_at, last_at, events, texts, numbers, booleans, lists, objects, nulls, guessed_personal) values ('Order Completed', $1, now(), now(), 1, 1, 0, 0, 0, 0, 0, false)",
    [`by.${name}-account`],
  );
  await run(
    "insert into event_violations (name, path, reason, events, last_at, source_id, message_id) values ('Order Completed', 'total', 'missing', 3, now(), 1, $1)",
    [`${name}-account-3`],
  );
  await plantDropped();
}

/** Files that a watched folder has put away, in each format, and one that waits in it. */
async function plantDropped(): Promise<void> {
  const folder = join(garden.dataDir, "drop", "test", "orders");
  for (const part of ["done", "failed"]) await mkdir(join(folder, part), { recursive: true });
  const rows = `order,customer\n1,other\n2,${name}-account\n`;
  const lines = `{"order":1,"customer":"other"}\n{"order":2,"customer":"${name}-account"}\n`;
  await writeFile(join(folder, "done", "1-a.csv"), rows);
  await writeFile(join(folder, "done", "1-a.csv.rejected.csv"), rows);
  await writeFile(join(folder, "done", "2-b.ndjson"), lines);
  await writeFile(join(folder, "failed", "3-c.csv.gz"), gzipSync(rows));
  await writeFile(join(folder, "failed", "4-d.txt"), `not a table, but ${name}-account all the same`);
  await writeFile(
    join(folder, "failed", "4-d.txt.report.json"),
    JSON.stringify({ message: `Line 1 is odd: ${name}-account` }),
  );
  await writeFile(join(folder, "waiting.csv"), rows);
}

/** Fills what a garden fills in years: a row of the person in every table that knows a customer. */
async function plant(id: number): Promise<void> {
  await run(
    "insert into merge_proposals (customer_a, customer_b, reason, evidence, created_at) values (1, $1, 'similar', $2, now())",
    [id, { name }],
  );
  await run(
    "insert into review_texts (record_key, customer_id, import_id, title, body, written_at) values ('review:1', $1, 1, $2, $2, now())",
    [id, `Words of ${name}`],
  );
  await run(
    "insert into accounts (external_id, vouched, traits, created_at) values ('acme', true, $1, now())",
    [{ name: "Acme", contact: `${name}@example.org` }],
  );
  await run(
    "insert into account_members (account_id, customer_id, role, since, vouched) select id, $1, 'buyer', now(), true from accounts",
    [id],
  );
  await run("insert into import_customers (customer_id, import_id, made) values ($1, 1, true)", [id]);
  await run("insert into next_products (customer_id, run_id, products) values ($1, 1, '[]')", [id]);
  await run("insert into holdout_arms (customer_id, arm, decided_at) values ($1, 'treated', now())", [id]);
  await run(
    "insert into decisions (id, customer_id, arm, product_id, reason, decided_at) values ($2, $1, 'treated', 'p', 'r', now())",
    [id, uuid],
  );
  await run(
    "insert into surveys (name, slug, language, question, state, created_at, published_at) values ('s', 's', 'en', '{\"en\": \"?\"}', 'open', now(), now())",
  );
  await run(
    "insert into survey_links (survey_id, customer_id, kind, token_hash, created_by, created_at, expires_at) values (1, $1, 'personal', 'x', 'test', now(), now() + interval '1 day')",
    [id],
  );
  await run(
    "insert into survey_answers (survey_id, customer_id, channel, key_hash, score, reason, language, answered_at) values (1, $1, 'personal', 'x', 3, $2, 'en', now())",
    [id, `because ${name}`],
  );
  await run("insert into survey_alerts (answer_id, opened_at) values (1, now())");
  await run(
    "insert into survey_alert_notes (alert_id, text, closed, written_by, written_at) values (1, $1, false, 'test', now())",
    [`called ${name}`],
  );
  await run(
    "insert into sample_truth select $1, 'p', null, null, null, null, null, 'all', false, 0, 0, 0, 0, 0, 0, 0, 0",
    [`${name}-account`],
  );
  await run(
    "insert into audit (at, actor_kind, actor_id, actor_name, action, subject, after) values (now(), 'command', 'c', 'test', 'customer.changed', 'customer', $1)",
    [{ name }],
  );
  await run(
    "insert into rejected_events (at, source_id, message_id, code, message) values (now(), 1, $1, 'event.bad', 'no')",
    [`${name}-account`],
  );
  await run(
    "insert into recent_drops (at, source_id, type, name, reason) values (now(), 1, 'track', $1, 'bot')",
    [`${name}-account`],
  );
  await run("insert into restrictions (customer_id, since, by_name) values ($1, now(), 'test')", [id]);
  await run(
    "insert into privacy_requests (id, kind, customer_id, origin, opened_at, due_at, words) values ($2, 'access', $1, 'portal', now(), now(), $3)",
    [id, uuid, name],
  );
  await run(
    "insert into privacy_exports (id, request_id, customer_id, state, language, created_by, created_at, expires_at) values ($2, $2, $1, 'ready', 'en', 'test', now(), now())",
    [id, uuid],
  );
  await run(
    "insert into rondell.job_runs (id, garden, name, state, input, created_by) values ($1, 'test', 'test', 'done', $2, 'test')",
    [uuid, { name: `${name}-account` }],
  );
  const folder = join(garden.dataDir, "exports", "test");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${uuid}.zip`), name);
  // Every table of the event store that has a customer and none of this one yet.
  const tables = (
    await ctx.events.text(
      {},
      "select distinct table from system.columns where database = currentDatabase() and name = 'customer_id' and table in (select name from system.tables where database = currentDatabase() and engine like '%MergeTree')",
      "JSONEachRow",
    )
  ).split("\n");
  const there = await tracesInClickHouse(garden, [String(id)]);
  for (const line of tables.filter(Boolean)) {
    const { table } = JSON.parse(line);
    if (!there[table]) await ctx.events.insertLines(table, Buffer.from(JSON.stringify({ customer_id: id })));
  }
  const [event] = (
    await ctx.events.text({}, "select toString(event_id) as id from events_stored limit 1", "JSONEachRow")
  ).split("\n");
  const { id: eventId } = JSON.parse(event!);
  await ctx.events.insertLines(
    "import_records",
    Buffer.from(JSON.stringify({ record_key: `order:${name}`, import_id: 1, event_id: eventId })),
  );
  await ctx.events.insertLines(
    "superseded",
    Buffer.from(JSON.stringify({ event_id: eventId, import_id: 99 })),
  );
}

test("of an erased person no store keeps a trace: none that an engine shows at once, none on the disks after the sweep", async () => {
  await run(`select setval('customer_ids', ${firstId})`);
  const { writeKey } = await garden.source("server");
  const say = (item: object) => garden.send(writeKey, "/v1/batch", { batch: [item] });
  const named = { userId: `${name}-account`, anonymousId: `${name}-browser` };
  await say({ type: "page", anonymousId: named.anonymousId, properties: { search: `for ${name} x` } });
  await say({
    ...{ type: "identify", ...named, messageId: `${name}-account-1` },
    traits: { email: `${name}@example.org`, name, address: { street: `${name} Weg 1` } },
    context: { consent: { categoryPreferences: { measure: true, personalise: true } } },
  });
  await say({
    type: "track",
    ...named,
    event: "Order Completed",
    properties: { order_id: name, total: 20, currency: "EUR" },
  });
  // A second browser, joined into the customer.
  await say({ type: "page", anonymousId: `${name}-phone` });
  await say({ type: "identify", userId: named.userId, anonymousId: `${name}-phone` });
  await garden.drained();
  const { rows } = await run("select id from customers where known");
  const id = Number(rows[0].id);
  expect(id).toBeGreaterThan(firstId);
  await plant(id);
  const { rows: sources } = await run("select id from sources order by id limit 1");
  await plantAround(id, sources[0].id);
  await sendFile(
    garden,
    "orders.csv",
    `order,customer,note\n1,other,fine\n2,${name}-account,"two\nlines"\n3,other,fine\n`,
  );
  await writeFile(
    join(garden.dataDir, "staging", "test", "rejected-1.csv"),
    `file,row,reason,mail\na.csv,2,bad,${name}@example.org\na.csv,3,bad,other@example.org\n`,
  );
  // The server's own log says of a fault what was wrong.
  await run(`select '${name}'::integer`).catch(() => {});
  const work = garden.app.work.of("test");
  await work.pause();
  await say({ type: "track", ...named, event: "Waiting" });
  await ctx.inTransaction((tx) =>
    enqueue(tx, "events_stored", [
      {
        event_id: uuid,
        subject_id: id,
        customer_id: id,
        name: `Late ${name}`,
        happened_at: "2026-01-01T00:00:00.000Z",
        received_at: "2026-01-01T00:00:00.000Z",
        source_id: 1,
      },
    ]),
  );
  await run("analyze");
  await run("checkpoint");

  const ids = (await run("select id from customers")).rows.map((row) => String(row.id));
  const texts = [name, name.toLowerCase()];
  const everything = [...texts, ...ids, `${name}-account`];
  const before = {
    postgres: await tracesInPostgres(garden, everything),
    clickhouse: await tracesInClickHouse(garden, everything),
    files: await tracesInFiles(garden.dataDir, texts),
  };
  // The same look finds the person everywhere before.
  const personTables = await run(
    `select distinct table_name as name from information_schema.columns
      where table_schema = current_schema() and column_name in ('customer_id', 'subject_id', 'customer_a', 'visitor_id', 'part_id', 'survivor_id', 'joined_id', 'current_id')
          and table_name in (select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE')`,
  );
  const planted = [
    ...personTables.rows.map((row: { name: string }) => row.name),
    ...[
      "customers",
      "inbox",
      "outbox",
      "message_ids",
      "rejected_events",
      "recent_drops",
      "audit",
      "sample_truth",
    ],
    ...["survey_alert_notes", "rondell.job_runs", "webhook_examples", "consent_checks", "accounts"],
    ...["event_names", "event_days", "event_properties", "event_violations"],
  ];
  expect(planted.filter((table) => !before.postgres[table])).toEqual([]);
  const eventTables = (
    await ctx.events.text(
      {},
      "select distinct table from system.columns where database = currentDatabase() and name in ('customer_id', 'subject_id') and table in (select name from system.tables where database = currentDatabase() and engine like '%MergeTree')",
      "JSONEachRow",
    )
  )
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).table as string);
  expect(Object.keys(before.clickhouse)).toEqual(expect.arrayContaining([...eventTables, "import_records"]));
  const places = new Set(before.files.map((path) => path.split("/").slice(0, 2).join("/")));
  expect([...places]).toEqual(
    expect.arrayContaining(["exports/test", "staging/test", "postgres/server.log", "drop/test"]),
  );
  expect(before.files.some((path) => path.includes("pg_wal"))).toBe(true);
  expect(before.files.some((path) => path.includes("/base/"))).toBe(true);
  expect(before.files.some((path) => path.startsWith("clickhouse/store"))).toBe(true);

  const [customer] = (await garden.api("GET", `/api/customers?search=${name}-account`)).body.items;
  const { status, body: erasure } = await garden.api("POST", "/api/privacy/erasures", {
    whom: { customerId: customer.id },
  });
  expect(status).toBe(201);

  // No engine shows anything any more. The erasure itself keeps the numbers until the sweep, and not who it was.
  expect(await tracesInPostgres(garden, texts)).toEqual({});
  expect(Object.keys(await tracesInPostgres(garden, ids))).toEqual(["erasures"]);
  expect(await tracesInClickHouse(garden, everything)).toEqual({});
  expect(await tracesInFiles(join(garden.dataDir, "exports"), texts)).toEqual([]);
  expect(await tracesInFiles(join(garden.dataDir, "staging"), texts)).toEqual([]);
  expect(await tracesInFiles(join(garden.dataDir, "mails"), texts)).toEqual([]);
  expect(await tracesInFiles(join(garden.dataDir, "drop"), texts)).toEqual([]);
  // What is others' stays.
  const dropped = join(garden.dataDir, "drop", "test", "orders");
  expect(await readFile(join(dropped, "done", "1-a.csv"), "utf8")).toBe("order,customer\n1,other\n");
  expect(await readFile(join(dropped, "done", "2-b.ndjson"), "utf8")).toBe(
    '{"order":1,"customer":"other"}\n',
  );
  expect(gunzipSync(await readFile(join(dropped, "failed", "3-c.csv.gz"))).toString()).toBe(
    "order,customer\n1,other\n",
  );
  expect((await run("select count(*)::int as n from webhook_examples")).rows[0].n).toBe(1);
  expect((await run("select events::int as n from event_violations")).rows[0].n).toBe(3);
  expect(
    (await run("select id from merges where kind = 'unmerge' and undoes is not null")).rows,
  ).toHaveLength(1);
  work.resume();
  await garden.drained();
  expect((await garden.drops()).erased ?? 0).toBe(0);
  expect(await tracesInClickHouse(garden, everything)).toEqual({});

  const started = await garden.api("POST", "/api/privacy/sweeps");
  const swept = await garden.app.jobs.ended(started.body.jobId);
  expect(swept.error).toBeNull();
  expect(swept.result).toMatchObject({ erasures: 1, guaranteed: true });
  const receipt = (await garden.api("GET", `/api/privacy/erasures/${erasure.id}`)).body;
  expect(receipt.goneAt).not.toBeNull();
  expect(receipt.receipt.disks.length).toBeGreaterThan(4);

  expect(await tracesInPostgres(garden, everything)).toEqual({});
  expect(await tracesInClickHouse(garden, everything)).toEqual({});
  const left = await tracesInFiles(garden.dataDir, texts);
  const nodes = left.map((path) => path.split("/").at(-1)!.replace(/\D.*/, "")).filter(Boolean);
  const { rows: relations } = await run("select relname from pg_class where relfilenode = any($1::oid[])", [
    nodes,
  ]);
  expect({ left, relations }).toEqual({ left: [], relations: [] });
  const inactive = await ctx.events.text(
    {},
    "select table, name, reason from (select table, name, 'inactive' as reason from system.parts where database = currentDatabase() and not active and has_lightweight_delete union all select table, name, 'aside' from system.detached_parts where database = currentDatabase())",
    "JSONEachRow",
  );
  expect(inactive.trim()).toBe("");
});
