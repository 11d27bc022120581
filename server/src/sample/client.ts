import type { FastifyInstance } from "fastify";
import type { Call } from "./calls.ts";

/** The public API, as the brand's systems and its customers' browsers call it. */
export interface Client {
  /** Calls as the brand's server, with its secret token. Throws unless the answer is good. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says.
  call(method: "GET" | "POST" | "DELETE", url: string, body?: unknown): Promise<any>;
  /** Calls without a token, as a customer. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says.
  visit(method: "GET" | "POST", url: string, body?: unknown): Promise<any>;
  /** Sends calls of a source in batches; they are durable when this returns. */
  collect(writeKey: string, calls: readonly Call[], at: Date): Promise<void>;
}

/** Below the limits of a request, with room for what stands around the calls. */
const batchBytes = 400_000;
const batchCalls = 2_000;

export function openClient(http: FastifyInstance, token: string): Client {
  async function ask(
    method: "GET" | "POST" | "DELETE",
    url: string,
    payload: string | undefined,
    isBrand: boolean,
  ) {
    const answer = await http.inject({
      method,
      url,
      headers: {
        ...(isBrand ? { authorization: `Bearer ${token}` } : {}),
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${url} answered ${answer.statusCode}: ${answer.body.slice(0, 500)}`);
    return String(answer.headers["content-type"]).includes("json") ? answer.json() : answer.body;
  }
  const text = (body: unknown) => (body === undefined ? undefined : JSON.stringify(body));
  return {
    call: (method, url, body) => ask(method, url, text(body), true),
    visit: (method, url, body) => ask(method, url, text(body), false),
    async collect(writeKey, calls, at) {
      const head = `{"writeKey":${JSON.stringify(writeKey)},"at":"${at.toISOString()}","batch":[`;
      let batch: string[] = [];
      let bytes = 0;
      const send = async () => {
        if (!batch.length) return;
        const sent = batch.length;
        const { accepted, rejected } = await ask("POST", "/v1/batch", `${head}${batch.join(",")}]}`, false);
        if (accepted !== sent)
          throw new Error(`Only ${accepted} of ${sent} events were taken: ${JSON.stringify(rejected[0])}`);
        batch = [];
        bytes = 0;
      };
      for (const call of calls) {
        const line = JSON.stringify(call);
        if (bytes + line.length > batchBytes || batch.length >= batchCalls) await send();
        batch.push(line);
        bytes += line.length;
      }
      await send();
    },
  };
}
