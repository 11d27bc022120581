import { hashPassword } from "better-auth/crypto";
import { createToken, rightsOfRole } from "../../src/garden/index.ts";
import { insertOperator } from "../../src/garden/operators/store.ts";
import type { TestGarden } from "../harness.ts";
import type { KnownIds } from "./requests.ts";

/** Who asks, and what there is to ask for. */
export interface Stock {
  token: string;
  cookie: string;
  writeKey: string;
  /** Signs in anew and makes a new token where requests have ended the last ones. */
  renew(): Promise<void>;
  /** Puts something of every kind there, and notes what all lists hold. */
  fill(): Promise<void>;
}

const password = "correct horse battery";
const host = "127.0.0.1:4300";

/** What a garden is kept filled with while requests change it and take away from it. */
export async function openStock(garden: TestGarden, known: KnownIds): Promise<Stock> {
  const { http } = garden.app;
  const passwordHash = await hashPassword(password);
  let number = 0;

  const call = async (method: "GET" | "POST" | "PUT", url: string, payload?: object) => {
    const answer = await http.inject({
      ...{ method, url, headers: { host, cookie: stock.cookie, origin: `http://${host}` } },
      ...(payload ? { payload } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says.
    let told: any;
    try {
      told = answer.json();
    } catch {}
    if (answer.statusCode < 300) known.note(url.split("?")[0]!, told);
    return { status: answer.statusCode, body: told };
  };

  async function signIn(): Promise<void> {
    const email = `owner${number++}@example.com`;
    await garden.ctx.inTransaction((tx) =>
      insertOperator(tx, {
        ...{ email, name: "Owner", role: "owner", language: "en" },
        ...{ passwordHash, oneTimeUntil: null, at: new Date() },
      }),
    );
    const answer = await http.inject({
      method: "POST",
      url: "/api/auth/sign-in/email",
      headers: { host },
      // Another each time: who comes from one address may not try often.
      remoteAddress: `10.1.${(number >> 8) % 256}.${number % 256}`,
      payload: { email, password },
    });
    const line = [answer.headers["set-cookie"] ?? []]
      .flat()
      .find((one) => one.startsWith("rondell.session_token="));
    if (!line) throw new Error(`Nobody could sign in: ${answer.statusCode} ${answer.body}`);
    stock.cookie = line.split(";")[0]!;
  }

  const isMe = async (headers: Record<string, string>) =>
    (await http.inject({ url: "/api/customers?max=1", headers: { host, ...headers } })).statusCode === 200;

  const stock: Stock = {
    ...{ token: "", cookie: "" },
    writeKey: (await garden.source("server")).writeKey,
    async renew() {
      if (!(await isMe({ cookie: stock.cookie }))) await signIn();
      if (!(await isMe({ authorization: `Bearer ${stock.token}` })))
        ({ token: stock.token } = await createToken(garden.ctx, {
          ...{ name: "owner", scopes: [...rightsOfRole.owner] },
        }));
    },
    async fill() {
      await stock.renew();
      const n = number++;
      await people(n);
      await things(n);
      for (const { method, url } of http.declaredRoutes)
        if (method === "GET" && /^\/api\/[a-z/-]+$/.test(url) && !/stream|backups/.test(url))
          await call("GET", url);
      known.add("projects", "writeKey", stock.writeKey);
      known.add("array", "key", stock.writeKey);
    },
  };

  /** Customers with orders, accounts and visitors. */
  async function people(n: number): Promise<void> {
    const batch = Array.from({ length: 40 }, (_, at) => ({
      type: ["track", "identify", "track", "group", "page"][at % 5],
      ...{ userId: `u${n}-${at % 7}`, anonymousId: `a${n}-${at % 9}`, groupId: `g${n}-${at % 3}` },
      event: at % 2 ? "Product Viewed" : "Order Completed",
      properties: {
        ...{ order_id: `o${n}-${at}`, revenue: at, currency: "EUR", url: "https://shop.example/" },
        products: [{ product_id: `p${at % 4}`, name: "Cup" }],
      },
      traits: { email: `ada${n}-${at % 7}@example.com`, name: '=cmd|"x"!A0' },
      context: { consent: { categoryPreferences: { measure: true, contact: true, personalise: true } } },
      messageId: `m${n}-${at}`,
    }));
    // A key that was taken away is replaced.
    const sent = await garden.send(stock.writeKey, "/v1/batch", { batch });
    if (sent.status !== 200) stock.writeKey = (await garden.source("server")).writeKey;
    await garden.drained();
  }

  /** What operators make. */
  async function things(n: number): Promise<void> {
    const [customer, other] = (await call("GET", "/api/customers")).body?.items ?? [];
    const survey = await call("POST", "/api/surveys", {
      ...{ name: "Delivery", slug: `delivery-${n}`, language: "en" },
      question: { de: "Wie war es?", en: "How was it?" },
    });
    await call("POST", `/api/surveys/${survey.body?.id}/publish`);
    for (const list of ["s", "surveys"]) known.add(list, "slug", `delivery-${n}`);
    const link = await call("POST", `/api/surveys/${survey.body?.id}/links`, { customerId: customer?.id });
    const personal = new URL(link.body?.url ?? "http://x/").searchParams.get("t");
    const answered = await http.inject({
      method: "POST",
      url: `/p/api/surveys/delivery-${n}/answers`,
      payload: {
        score: 2,
        reason: "late",
        key: `stock-key-${n}-0000000`,
        ...(personal ? { t: personal } : {}),
      },
    });
    for (const token of [personal, (answered.json() as { token?: string }).token])
      if (token)
        for (const list of ["consents", "privacy", "s", "surveys", "confirm"])
          for (const name of ["t", "x-rondell-token", "token"]) known.add(list, name, token);
    await call("POST", "/api/privacy/requests", { whom: { customerId: other?.id }, kind: "access" });
    const hook = await call("POST", "/api/webhooks", { name: `hook ${n}`, provider: "custom" });
    const address = String(hook.body?.url ?? "")
      .split("/")
      .at(-1);
    if (address) known.add("webhooks", "address", address);
    await call("POST", "/api/webhook-targets", {
      ...{ name: `target ${n}`, url: "https://hooks.example/rondell", events: [] },
    });
    await imports(n);
  }

  /** A list of customers, of whom one is rejected. */
  async function imports(n: number): Promise<void> {
    const name = `crm-${n}`;
    const file = await http.inject({
      method: "POST",
      url: "/api/imports/files?name=customers.csv",
      headers: { host, authorization: `Bearer ${stock.token}`, "content-type": "application/octet-stream" },
      payload: Buffer.from("id,mail\n1,ada@example.com\n,\n"),
    });
    const { fileId } = file.json() as { fileId?: string };
    for (const list of ["imports", "imports/files"]) known.add(list, "fileId", fileId ?? "");
    known.add("files", "id", fileId ?? "");
    const mapping = {
      title: "CRM",
      source: name,
      files: { persons: { customer: "id", email: "mail" } },
      rules: {},
    };
    await call("PUT", `/api/imports/mappings/${name}`, mapping);
    known.add("imports/mappings", "name", name);
    known.add("imports/folders", "name", name);
    await call("PUT", `/api/imports/folders/${name}`, { currency: "EUR", timezone: "Europe/Berlin" });
    await call("POST", "/api/imports", {
      mapping: name,
      files: [fileId],
      currency: "EUR",
      timezone: "Europe/Berlin",
    });
  }

  return stock;
}
