import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { refuse } from "../refusal.ts";

/**
 * Serves the script for websites at `/rondell.js`, and below `/rondell/` the parts that it loads on demand. Browsers ask
 * again after an hour; the script names its parts by what they hold, so an old one never meets a new one's part.
 */
export async function serveScripts(app: FastifyInstance, ask: { dir: string }): Promise<void> {
  await app.register(fastifyStatic, { root: ask.dir, serve: false });
  const files = { "/rondell.js": ["rondell.js"], "/rondell/:part": ["consent.js", "offers.js", "survey.js"] };
  for (const [url, names] of Object.entries(files)) {
    app.route({
      method: "GET",
      url,
      config: { access: "public" },
      schema: { hide: true },
      handler: async (request, reply) => {
        const { part = "rondell.js" } = request.params as { part?: string };
        if (!names.includes(part)) refuse("missing", "address.missing", "There is nothing at this address.");
        reply
          .header("cache-control", "public, max-age=3600, stale-while-revalidate=86400")
          .header("cross-origin-resource-policy", "cross-origin")
          .header("x-content-type-options", "nosniff");
        return reply.sendFile(part, { cacheControl: false });
      },
    });
  }
}
