import type { TestGarden } from "../../../test/harness.ts";

/** Sends a file to be staged, and gives its id. */
export async function sendFile(garden: TestGarden, name: string, body: Buffer | string): Promise<string> {
  const answer = await garden.app.http.inject({
    method: "POST",
    url: `/api/imports/files?name=${encodeURIComponent(name)}`,
    headers: { authorization: `Bearer ${await tokenOf(garden)}`, "content-type": "application/octet-stream" },
    payload: typeof body === "string" ? Buffer.from(body) : body,
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return (answer.json() as { fileId: string }).fileId;
}

const tokens = new WeakMap<TestGarden, string>();

async function tokenOf(garden: TestGarden): Promise<string> {
  const { createToken } = await import("../../garden/tokens/tokens.ts");
  const known = tokens.get(garden);
  if (known) return known;
  const { token } = await createToken(garden.ctx, { name: "files", scopes: ["data:read", "data:write"] });
  tokens.set(garden, token);
  return token;
}

/** Waits until an import has ended, its run too, and gives it as the API shows it. */
// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says
export async function ended(garden: TestGarden, id: string): Promise<any> {
  for (;;) {
    const { status, body } = await garden.api("GET", `/api/imports/${id}`);
    if (status !== 200) throw new Error(`GET /api/imports/${id}: ${status} ${JSON.stringify(body)}`);
    if (body.error?.code === "import.failed")
      throw new Error((await garden.app.jobs.ended(body.job)).error ?? "failed");
    if (body.state !== "queued" && body.state !== "running") {
      // The result stands a moment before the run that made it is over.
      if (body.job) await garden.app.jobs.ended(body.job);
      return body;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Imports staged files and gives the result; throws where the import is refused or fails. */
// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says
export async function importFiles(garden: TestGarden, ask: object): Promise<any> {
  const answer = await garden.api("POST", "/api/imports", ask);
  if (answer.status !== 202) throw new Error(`${answer.body.error.code}: ${answer.body.error.message}`);
  const done = await ended(garden, answer.body.id);
  if (done.state !== "done") throw new Error(`${done.error?.code}: ${done.error?.message}`);
  const { read, accepted, updated, unchanged, leftOut, rejected, lookup } = done.result;
  if (read !== accepted + updated + unchanged + leftOut + rejected + lookup || lookup < 0) {
    throw new Error(`The counts do not add up: ${JSON.stringify(done.result)}`);
  }
  return done;
}
