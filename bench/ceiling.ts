import Fastify from "fastify";

/** The ceiling: the same Fastify takes the body, parses it and answers. Nothing is checked or kept. */
const http = Fastify();
http.removeAllContentTypeParsers();
http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
for (const path of ["track", "batch"]) {
  http.post(`/v1/${path}`, { bodyLimit: 1024 * 1024 }, async (request) => {
    const body = JSON.parse((request.body as Buffer).toString("utf8")) as { batch?: unknown[] };
    return { success: true, accepted: body.batch?.length ?? 1, rejected: [] };
  });
}
await http.listen({ host: "127.0.0.1", port: 0 });
const { port } = http.server.address() as { port: number };
process.send?.({ port, writeKey: "none", token: "" });
process.on("message", async () => {
  await http.close();
  process.exit(0);
});
process.on("disconnect", () => process.exit(1));
