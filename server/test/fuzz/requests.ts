import fc from "fast-check";
import type { TestGarden } from "../harness.ts";
import { oddHeaders, oddText, type RawBody, rawBodies } from "./corpus.ts";
import { damaged, isKnown, type Shape, valueLike } from "./shapes.ts";

/** A route, with the shapes that its document names. */
export interface Target {
  method: string;
  url: string;
  params: [name: string, shape: Shape][];
  query: [name: string, shape: Shape][];
  body: Shape | undefined;
  /** Whose doing costs so much that it is asked for with bodies which it must refuse. */
  onlyBad: boolean;
}

/** What is asked of a route, before ids of what is there are filled in. */
export interface Ask {
  params: unknown[];
  query: [name: string, value: unknown][];
  body: { value: unknown } | { raw: RawBody } | undefined;
  headers: Record<string, string>;
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
    .map(({ method, url }) => {
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
        query: named("query"),
        body: told?.requestBody?.content?.["application/json"]?.schema,
        onlyBad: onlyBad.has(`${method} ${url}`),
      };
    });
}

/** Requests of a route: most nearly as it wants them, the others anything at all. */
export function asksOf(target: Target): fc.Arbitrary<Ask> {
  const param = (shape: Shape) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.nat().map((known) => ({ known })) },
      { weight: 2, arbitrary: valueLike(shape) },
      { weight: 1, arbitrary: oddText },
    );
  const good = target.query.map(([name, shape]) =>
    fc.option(
      fc.tuple(
        fc.constant(name),
        fc.oneof({ weight: 3, arbitrary: valueLike(shape) }, { weight: 1, arbitrary: oddText }),
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
    { nil: undefined, freq: 4 },
  );
  const raw = fc.constantFrom(...rawBodies).map((one) => ({ raw: one }));
  const takesBody = target.method !== "GET";
  const made = valueLike(target.body ?? {});
  const body = !takesBody
    ? fc.constant(undefined)
    : target.onlyBad
      ? raw.filter(({ raw: one }) => one.bytes !== "{}")
      : fc.oneof(
          { weight: 4, arbitrary: made.map((value) => ({ value })) },
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
      { weight: 4, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constantFrom(...oddHeaders) },
    ),
    as: fc.constantFrom("session", "session", "token", "token", "key", "nobody"),
  });
}

/** Text as it stands in an address. Halves of characters become what a browser makes of them. */
const percent = (text: string) => encodeURIComponent(Buffer.from(text).toString());

/** Ids of what is there, by the name of its list in the address, as answers name them. */
export class KnownIds {
  readonly #byList = new Map<string, string[]>();

  /** Puts something there that no answer names. */
  add(list: string, id: string): void {
    this.#byList.set(list, [...(this.#byList.get(list) ?? []), id]);
  }

  /** Notes the ids in an answer of a list, or of what was made there. */
  note(url: string, answer: unknown): void {
    const list = listOf(url);
    const add = (one: unknown) => {
      if (typeof one !== "object" || one === null) return;
      for (const name of ["id", "fileId", "key", "slug", "name", "jobId", "number"] as const) {
        const id = (one as Record<string, unknown>)[name];
        if (typeof id !== "string" || id.length > 100) continue;
        const ids = this.#byList.get(list) ?? [];
        if (!ids.includes(id) && ids.length < 200) ids.push(id);
        this.#byList.set(list, ids);
      }
    };
    add(answer);
    for (const inner of Object.values((answer as object | null) ?? {}))
      if (Array.isArray(inner)) inner.slice(0, 20).forEach(add);
  }

  /** One of the list that an address speaks of, else of any. */
  pick(url: string, seed: number): string {
    const own = this.#byList.get(listOf(url)) ?? [];
    const ids = own.length && seed % 4 ? own : [...this.#byList.values()].flat();
    return ids[seed % Math.max(1, ids.length)] ?? "1";
  }

  /** The value with ids in place of its wishes for one. */
  filled(url: string, value: unknown): unknown {
    if (isKnown(value)) return this.pick(url, value.known);
    if (Array.isArray(value)) return value.map((one) => this.filled(url, one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.filled(url, inner)]));
  }

  address(target: Target, ask: Ask): string {
    let at = 0;
    const text = (value: unknown) => {
      const filled = this.filled(target.url, value);
      return typeof filled === "string" ? filled : (JSON.stringify(filled) ?? "");
    };
    const path = target.url.replace(/:[a-zA-Z]+|\*/g, () => percent(text(ask.params[at++])));
    const query = ask.query.map(([name, value]) => `${percent(name)}=${percent(text(value))}`).join("&");
    return query ? `${path}?${query}` : path;
  }
}

/** The word before the first id: `/api/surveys/:id/results` speaks of surveys. */
const listOf = (url: string) =>
  url
    .split(/[:*]/)[0]!
    .split("/")
    .filter(Boolean)
    .filter((part) => !/^(api|p|v1)$/.test(part))[0] ?? "";
