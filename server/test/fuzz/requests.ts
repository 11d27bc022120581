import fc from "fast-check";
import type { TestGarden } from "../harness.ts";
import { oddHeaders, oddText, type RawBody, rawBodies } from "./corpus.ts";
import { talkOf } from "./protocols.ts";
import { damaged, isKnown, type Known, type Shape, valueLike } from "./shapes.ts";

/** A route, with the shapes that its document names. */
export interface Target {
  method: string;
  url: string;
  params: [name: string, shape: Shape][];
  query: [name: string, shape: Shape][];
  body: Shape | undefined;
  /** Whether operators alone may call it; all else is called by clients with a key, and by anybody. */
  ofOperators: boolean;
  /** Whose doing costs so much that it is asked for with bodies which it must refuse. */
  onlyBad: boolean;
}

/** What is asked of a route, before ids of what is there are filled in. */
export interface Ask {
  params: unknown[];
  query: [name: string, value: unknown][];
  body: { value: unknown } | { raw: RawBody } | undefined;
  headers: Record<string, string | Known>;
  as: "session" | "token" | "key" | "nobody";
}

interface Operation {
  parameters?: { in: string; name: string; schema: Shape }[];
  requestBody?: { content?: Record<string, { schema: Shape }> };
}

/** Growing a whole sample garden would take the time of everything else. */
const onlyBad = new Set(["POST /api/sample"]);

/** Every route that was declared, pages and hidden ones among them. */
export function targetsOf(garden: TestGarden): Target[] {
  const document = garden.app.http.swagger() as { paths?: Record<string, Record<string, Operation>> };
  return garden.app.http.declaredRoutes
    .filter(({ method }) => method !== "OPTIONS" && method !== "HEAD")
    .map(({ method, url, access }) => {
      const path = url.replace(/:([a-zA-Z]+)/g, "{$1}");
      const told = document.paths?.[path]?.[method.toLowerCase()];
      const named = (where: string) =>
        (told?.parameters ?? [])
          .filter((one) => one.in === where)
          .map((one): [string, Shape] => [one.name, one.schema]);
      const shapes = new Map(named("path"));
      return {
        ...{ method, url },
        params: [...url.matchAll(/:([a-zA-Z]+)|\*/g)].map(([, name = "*"]): [string, Shape] => [
          name,
          shapes.get(name) ?? { type: "string" },
        ]),
        // Pages of customers take the token of a personal link, and their document does not speak of it.
        query:
          /^\/(p|s)\//.test(url) && !url.startsWith("/p/api/") ? [["t", { type: "string" }]] : named("query"),
        body: told?.requestBody?.content?.["application/json"]?.schema,
        ofOperators: typeof access === "object" || access === "operator",
        onlyBad: onlyBad.has(`${method} ${url}`),
      };
    });
}

/** Requests of a route: most nearly as it wants them, the others anything at all. `key` is one that a client may have. */
export function asksOf(target: Target, key: string): fc.Arbitrary<Ask> {
  const talk = talkOf(target.method, target.url, key);
  const asks = asksByDocument(target);
  if (!talk) return asks;
  return fc.oneof(
    { weight: 1, arbitrary: asks },
    {
      weight: 2,
      arbitrary: fc
        .tuple(asks, talk)
        .map(([ask, { query, body }]): Ask => ({ ...ask, query, body, as: "key" })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(asks, talk)
        .chain(([ask, { query, body }]) =>
          damaged(body?.value).map((value): Ask => ({ ...ask, query, body: body && { value }, as: "key" })),
        ),
    },
  );
}

/** Who asks, mostly whom the route is for. */
const whoOf = (target: Target) =>
  fc.oneof(
    { weight: target.ofOperators ? 4 : 1, arbitrary: fc.constant("session" as const) },
    { weight: target.ofOperators ? 4 : 1, arbitrary: fc.constant("token" as const) },
    { weight: target.ofOperators ? 1 : 6, arbitrary: fc.constant("key" as const) },
    { weight: 1, arbitrary: fc.constant("nobody" as const) },
  );

function asksByDocument(target: Target): fc.Arbitrary<Ask> {
  const param = (shape: Shape) =>
    fc.oneof(
      { weight: 7, arbitrary: fc.nat().map((known) => ({ known })) },
      { weight: 2, arbitrary: valueLike(shape) },
      { weight: 1, arbitrary: oddText },
    );
  const good = target.query.map(([name, shape]) =>
    fc.option(
      fc.tuple(
        fc.constant(name),
        fc.oneof({ weight: 6, arbitrary: valueLike(shape) }, { weight: 1, arbitrary: oddText }),
      ),
      { nil: undefined },
    ),
  );
  const strange = fc.option(
    fc.tuple(
      fc.constantFrom(
        "garden",
        "__proto__",
        "constructor",
        "max[]",
        "a.b",
        ...target.query.map(([name]) => name),
      ),
      oddText,
    ),
    { nil: undefined, freq: 1 },
  );
  const raw = fc.constantFrom(...rawBodies).map((one) => ({ raw: one }));
  const takesBody = target.method !== "GET";
  const made = valueLike(target.body ?? {});
  const body = !takesBody
    ? fc.constant(undefined)
    : target.onlyBad
      ? raw.filter(({ raw: one }) => one.bytes !== "{}")
      : fc.oneof(
          { weight: 6, arbitrary: made.map((value) => ({ value })) },
          { weight: 3, arbitrary: made.chain(damaged).map((value) => ({ value })) },
          { weight: 2, arbitrary: raw },
          { weight: 1, arbitrary: fc.constant(undefined) },
        );
  return fc.record({
    params: fc.tuple(...target.params.map(([, shape]) => param(shape))),
    query: fc
      .tuple(...good, strange)
      .map((pairs) => pairs.filter((pair) => pair !== undefined) as [string, unknown][]),
    body: body as fc.Arbitrary<Ask["body"]>,
    headers: fc.oneof(
      ...(target.url.startsWith("/p/api/")
        ? [{ weight: 8, arbitrary: fc.nat().map((known) => ({ "x-rondell-token": { known } })) }]
        : []),
      { weight: 4, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constantFrom(...oddHeaders) },
    ),
    as: whoOf(target),
  });
}

/** Text as it stands in an address. Halves of characters become what a browser makes of them. */
const percent = (text: string) => encodeURIComponent(Buffer.from(text).toString());

/** Names under which answers tell what there is. */
const idNames = ["id", "fileId", "key", "slug", "name", "jobId", "number", "address", "t"] as const;
/** Of each list the last are kept: what was made long ago is mostly gone again. */
const idsMax = 30;

/** Ids of what is there, by the name of their list in the address and by their own, as answers tell them. */
export class KnownIds {
  readonly #byPlace = new Map<string, string[]>();

  /** Puts something there that no answer names. */
  add(list: string, name: string, id: string): void {
    const place = `${list} ${name}`;
    const others = (this.#byPlace.get(place) ?? []).filter((one) => one !== id);
    this.#byPlace.set(place, [...others, id].slice(-idsMax));
  }

  /** Notes the ids in an answer of a list, or of what was made there. */
  note(url: string, answer: unknown): void {
    const add = (one: unknown) => {
      if (typeof one !== "object" || one === null) return;
      for (const name of idNames) {
        const id = (one as Record<string, unknown>)[name];
        if ((typeof id !== "string" && typeof id !== "number") || !id || String(id).length > 100) continue;
        for (const list of listsOf(url)) this.add(list, name, String(id));
      }
    };
    add(answer);
    for (const inner of Object.values((answer as object | null) ?? {}))
      if (Array.isArray(inner)) inner.slice(0, 10).forEach(add);
  }

  /**
   * One for a place called `name` at an address: `customerId` is the id of a customer, `slug` the slug of what the
   * address speaks of. Now and then it is any of all.
   */
  pick(url: string, name: string, seed: number): string {
    const of = /^(.+)Ids?$/.exec(name)?.[1];
    const places = [
      ...(of ? [`${of}s id`] : []),
      ...(name.length > 2 ? [`${name}s id`] : []),
      ...listsOf(url).flatMap((list) => [`${list} ${name}`, `${list} id`]),
    ];
    const own = places.map((place) => this.#byPlace.get(place)).find((ids) => ids?.length);
    const ids = own && seed % 8 ? own : [...this.#byPlace.values()].flat();
    return ids[Math.floor(seed / 8) % Math.max(1, ids.length)] ?? "1";
  }

  /** The value of a place called `name`, with ids in place of its wishes for one. */
  filled(url: string, value: unknown, name = ""): unknown {
    if (isKnown(value)) return this.pick(url, name, value.known);
    if (Array.isArray(value)) return value.map((one) => this.filled(url, one, name));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, this.filled(url, inner, key)]),
    );
  }

  address(target: Target, ask: Ask): string {
    const text = (value: unknown, name: string) => {
      const filled = this.filled(target.url, value, name);
      return typeof filled === "string" ? filled : (JSON.stringify(filled) ?? "");
    };
    let at = 0;
    const path = target.url.replace(/:([a-zA-Z]+)|\*/g, (_, name: string | undefined) =>
      percent(text(ask.params[at++], name ?? "*")),
    );
    const query = ask.query
      .map(([name, value]) => `${percent(name)}=${percent(text(value, name))}`)
      .join("&");
    return query ? `${path}?${query}` : path;
  }
}

/** What an address speaks of: `/api/privacy/requests/:id/refuse` of `privacy/requests`, and of `privacy`. */
function listsOf(url: string): string[] {
  const parts = url
    .split(/[:*]/)[0]!
    .split("/")
    .filter((part) => part && !/^(api|p|v1)$/.test(part));
  return [...new Set([parts.join("/"), parts[0] ?? ""])];
}
