import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { openText } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { consentsOf, historyOf } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { importFiles, sendFile } from "./testing.ts";

let garden: TestGarden;
let number = 0;
beforeAll(async () => {
  garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
});

interface Ask {
  role: string;
  columns: Record<string, string>;
  rules?: object;
  source?: string;
  currency?: string;
}

/** Imports lines of CSV as records of a kind, under a source of their own unless one is named. */
async function imported(lines: string[], { role, columns, rules = {}, ...ask }: Ask) {
  const source = ask.source ?? `tool-${++number}`;
  const file = await sendFile(garden, "export.csv", `${lines.join("\n")}\n`);
  const one = await importFiles(garden, {
    mapping: { title: "", source, files: { [role]: columns }, rules },
    files: [file],
    timezone: "Europe/Berlin",
    ...(ask.currency ? { currency: ask.currency } : {}),
  });
  return { one, source, result: one.result, events: await eventsOf(source) };
}

const Row = z.object({
  name: z.string(),
  customerId: z.number(),
  at: z.string(),
  channel: z.string(),
  medium: z.string(),
  campaign: z.string(),
  minor: z.number().nullable(),
  currency: z.string(),
  properties: z.string().transform((text) => JSON.parse(text) as Record<string, unknown>),
});

const eventsOf = (source: string) =>
  garden.ctx.events.query(
    Row,
    { like: `%:${source}:%` },
    `select name, customer_id, toString(happened_at) as at, channel, medium, campaign, amount_minor as minor, currency, toString(properties) as properties
      from events where record_key like {like:String} order by happened_at, record_key`,
  );

const undo = async (one: { id: string }) => {
  const { status, body } = await garden.api("POST", `/api/imports/${one.id}/undo`);
  expect(status, JSON.stringify(body)).toBe(200);
};

const idOf = (kind: string, value: string) => findCustomer(garden.ctx.pool, kind, value);

describe("events", () => {
  const ask = {
    role: "events",
    columns: { id: "id", name: "what", happenedAt: "at", customer: "who", channel: "via", amount: "worth" },
    currency: "EUR",
  };
  const header = "id,what,at,who,via,worth,page,duration,contact_email,note";

  test("of any name keep their other columns as properties, and nothing that tells who somebody is", async () => {
    const { events, result } = await imported(
      [
        header,
        "1,Brochure Ordered,2026-03-01 10:00:00,u1,Print,12.50,spring,7,ada@example.com,write to bo@example.com",
        "2,Store Visited,2026-03-02 10:00:00,u1,,,,,,",
      ],
      ask,
    );
    expect(result).toMatchObject({
      accepted: 2,
      customers: 1,
      others: { "Brochure Ordered": 1, "Store Visited": 1 },
    });
    expect(events).toMatchObject([
      {
        name: "Brochure Ordered",
        customerId: await idOf("user_id", "u1"),
        at: "2026-03-01 09:00:00.000",
        channel: "print",
        minor: 1250,
        currency: "EUR",
        properties: { page: "spring", duration: 7 },
      },
      { name: "Store Visited", minor: null, currency: "", properties: {} },
    ]);
    expect(Object.keys(events[0]!.properties).sort()).toEqual(["duration", "page"]);
  });

  test("without numbers of their own they are known by what they say, however often and in whichever file", async () => {
    const lines = [
      "what,at,who,page",
      "Seen,2026-03-01,u2,a",
      "Seen,2026-03-01,u2,a",
      "Seen,2026-03-01,u2,b",
    ];
    const plain = { role: "events", columns: { name: "what", happenedAt: "at", customer: "who" } };
    const first = await imported(lines, plain);
    expect(first.events).toHaveLength(3);
    const again = await imported([...lines, "Seen,2026-03-02,u2,a"], { ...plain, source: first.source });
    expect(again.result).toMatchObject({ accepted: 1, unchanged: 3 });
    expect(again.events).toHaveLength(4);
  });

  test("orders are not taken as loose events", async () => {
    const { result } = await imported(
      [header, "1,Order Completed,2026-03-01,u3,,9,,,,", "2,Liked,2026-03-01,u3,,,,,,"],
      ask,
    );
    expect(result).toMatchObject({ accepted: 1, rejectedBy: { event_is_order: 1 } });
  });
});

test("the catalogue hears of what an import brings, and of nothing that came before", async () => {
  const ask = {
    role: "events",
    columns: { id: "id", name: "what", happenedAt: "at", customer: "who" },
    source: "catalogued",
  };
  const rows = Array.from({ length: 120 }, (_, n) => `${n},Fair Visited,2026-03-01,u${n},${n}`);
  const entryOf = async (name: string) => {
    const { body } = await garden.api("GET", `/api/events/catalogue/event?name=${encodeURIComponent(name)}`);
    return body;
  };
  await imported(["id,what,at,who,stand", ...rows], ask);
  const entry = await entryOf("Fair Visited");
  expect(entry).toMatchObject({ name: "Fair Visited", events: 120 });
  expect(entry.propertyList.map((one: { path: string }) => one.path)).toEqual(["stand"]);
  await imported(["id,what,at,who,stand", ...rows, "120,Fair Visited,2026-03-02,u1,9"], ask);
  expect((await entryOf("Fair Visited")).events).toBe(121);
  // More names than any statement could list one by one.
  const many = Array.from({ length: 600 }, (_, n) => `m${n},Stand ${n} Visited,2026-03-01,u${n % 50},${n}`);
  await imported(["id,what,at,who,stand", ...many.flatMap((line) => [line, line.replace(/^m/, "n")])], ask);
  const last = await entryOf("Stand 599 Visited");
  expect(last.events).toBe(2);
  expect(last.propertyList.map((one: { path: string }) => one.path)).toEqual(["stand"]);
});

test("costs are events of nobody, known by day, channel, campaign and currency", async () => {
  const ask = {
    role: "costs",
    columns: {
      happenedAt: "Tag",
      channel: "Kanal",
      campaign: "Kampagne",
      amount: "Kosten",
      clicks: "Klicks",
    },
    currency: "EUR",
  };
  const header = "Tag;Kanal;Kampagne;Kosten;Klicks";
  const { events, source, result } = await imported(
    [
      header,
      "01.03.2026;Google;Frühling;1.234,50;120",
      "02.03.2026;Google;Frühling;10,00;",
      "03.03.2026;Google;x;-1,00;",
      "13.03.2026;;x;1,00;",
    ],
    ask,
  );
  expect(result).toMatchObject({
    accepted: 2,
    customers: 0,
    rejectedBy: { cost_negative: 1, channel_missing: 1 },
  });
  expect(events[0]).toMatchObject({
    name: "Cost Recorded",
    customerId: 0,
    channel: "google",
    medium: "paid",
    campaign: "Frühling",
    minor: 123_450,
    properties: { day: "2026-03-01", clicks: 120 },
  });
  const newer = await imported(
    [header, "01.03.2026;Google;Frühling;1.300,00;130", "13.03.2026;Google;Frühling;1,00;"],
    { ...ask, source },
  );
  expect(newer.result).toMatchObject({ updated: 1, accepted: 1 });
  expect(newer.events.map((event) => event.minor)).toEqual([130_000, 1_000, 100]);
  const rows = await garden.ctx.events.query(
    z.object({ day: z.string(), channel: z.string(), campaign: z.string(), minor: z.number() }),
    {},
    "select toString(day) as day, channel, campaign, amount_minor as minor from costs where campaign = 'Frühling' order by day",
  );
  expect(rows[0]).toEqual({ day: "2026-03-01", channel: "google", campaign: "Frühling", minor: 130_000 });
  await undo(newer.one);
  expect((await eventsOf(source)).map((event) => event.minor)).toEqual([123_450, 1_000]);
});

test("reviews and answers keep the score among the events and the words beside the customer", async () => {
  const reviews = await imported(
    [
      "nr,stars,at,mail,title,body,sku",
      'r1,4,2026-03-01,rea@example.com,Good,"Fits, mostly",A1',
      "r2,x,2026-03-01,,,,",
    ],
    {
      role: "ratings",
      columns: {
        review: "nr",
        score: "stars",
        happenedAt: "at",
        email: "mail",
        title: "title",
        text: "body",
        products: "sku",
      },
    },
  );
  expect(reviews.result).toMatchObject({ reviews: 1, rejectedBy: { score_unreadable: 1 } });
  expect(reviews.events).toMatchObject([
    {
      name: "Review Submitted",
      properties: { review_id: "r1", score: 4, has_text: true, product_ids: ["A1"] },
    },
  ]);
  const answers = await imported(
    ["id,nps,why,at,mail", "a1,9,Fast,2026-03-02,rea@example.com", "a2,,,2026-03-02,rea@example.com"],
    {
      role: "answers",
      columns: { answer: "id", score: "nps", text: "why", happenedAt: "at", email: "mail" },
      rules: { constants: { survey: "Spring" } },
    },
  );
  expect(answers.result).toMatchObject({ accepted: 1, rejectedBy: { answer_empty: 1 } });
  expect(answers.events).toMatchObject([
    {
      name: "Survey Answered",
      properties: { survey: "Spring", score: 9, group: "promoter", has_reason: true },
    },
  ]);
  const customer = await idOf("email", "rea@example.com");
  const { body } = await garden.api("GET", `/api/customers/${publicId("customer", customer!)}/timeline`);
  expect(JSON.stringify(body)).toContain("Fits, mostly");
  expect(JSON.stringify(body)).toContain("Fast");
  await undo(answers.one);
  const { rows } = await garden.ctx.pool.query("select body from review_texts where customer_id = $1", [
    customer,
  ]);
  expect(rows.map((row) => openText(garden.ctx, row.body, "review_texts.body"))).toEqual(["Fits, mostly"]);
});

test("a request is opened, and closed when it was solved; a newer export closes it", async () => {
  const ask = {
    role: "tickets",
    columns: {
      ticket: "Id",
      happenedAt: "Created",
      solvedAt: "Solved",
      email: "Mail",
      subject: "Subject",
      tags: "Tags",
      score: "CSAT",
    },
  };
  const header = "Id,Created,Solved,Mail,Subject,Tags,CSAT";
  const first = await imported(
    [
      header,
      '7,2026-03-01 08:00,,tim@example.com,Late,"late, parcel",',
      "8,2026-03-02 08:00,2026-03-01 08:00,tim@example.com,x,,",
    ],
    ask,
  );
  expect(first.result).toMatchObject({ accepted: 1, rejectedBy: { solved_before_opened: 1 } });
  expect(first.events).toMatchObject([
    { name: "Ticket Opened", properties: { ticket_id: "7", tags: ["late", "parcel"] } },
  ]);
  const newer = await imported(
    [header, '7,2026-03-01 08:00,2026-03-02 09:30,tim@example.com,Late,"late, parcel",5'],
    {
      ...ask,
      source: first.source,
    },
  );
  expect(newer.events.map((event) => event.name)).toEqual(["Ticket Opened", "Ticket Closed"]);
  expect(newer.events[1]!.properties).toMatchObject({ score: 5, hours_open: 25.5 });
});

test("consents go into the ledger with their time and basis, bind at once, and leave with their import", async () => {
  const ask = {
    role: "consents",
    columns: {
      ...{ email: "mail", purpose: "list", answer: "opt_in", happenedAt: "at" },
      ...{ wording: "words", origin: "where" },
    },
    rules: { meanings: { purpose: { newsletter: "contact" } } },
  };
  const header = "mail,list,opt_in,at,words,where";
  const first = await imported(
    [
      header,
      "una@example.com,newsletter,yes,2026-01-01 10:00,May we write?,https://old.example/form",
      "una@example.com,measure,nein,2026-01-01 10:00,,",
      "una@example.com,ads,yes,2026-01-01 10:00,,",
      "una@example.com,contact,maybe,2026-01-01 10:00,,",
    ],
    ask,
  );
  expect(first.result).toMatchObject({
    accepted: 2,
    customers: 1,
    rejectedBy: { purpose_unknown: 1, answer_unreadable: 1 },
  });
  const una = (await idOf("email", "una@example.com"))!;
  const standing = async () =>
    Object.fromEntries((await consentsOf(garden.ctx.pool, una)).map((one) => [one.purpose, one.granted]));
  expect(await standing()).toEqual({ contact: true, measure: false });
  expect(await historyOf(garden.ctx.pool, [una])).toMatchObject([
    { basis: "consent", origin: "imported answer", at: new Date("2026-01-01T09:00:00Z") },
    { at: new Date("2026-01-01T09:00:00Z") },
  ]);
  const { rows } = await garden.ctx.pool.query(
    "select actor, place, proof from consent_answers where customer_id = $1 and purpose = 'contact'",
    [una],
  );
  expect(rows).toEqual([
    {
      actor: "import",
      place: "https://old.example/form",
      proof: `import ${first.one.id}, "May we write?"`,
    },
  ]);
  // Nothing is stated for anybody by a list of answers.
  expect(first.one.basis).toEqual({});
  const again = await imported(
    [
      header,
      "una@example.com,newsletter,yes,2026-01-01 10:00,May we write?,https://old.example/form",
      "una@example.com,newsletter,no,2026-02-01 10:00,,",
    ],
    {
      ...ask,
      source: first.source,
    },
  );
  expect(again.result).toMatchObject({ accepted: 1, unchanged: 1 });
  expect(await standing()).toEqual({ contact: false, measure: false });
  await undo(again.one);
  expect(await standing()).toEqual({ contact: true, measure: false });
  await undo(first.one);
  expect(await idOf("email", "una@example.com")).toBeUndefined();
});
