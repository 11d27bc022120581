import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { refuse } from "../refusal.ts";

/**
 * Serves a built single-page app: its files under `prefix`, and its page for every address below the
 * `pages` that is no file.
 */
export async function servePages(
  app: FastifyInstance,
  ask: { dir: string; prefix: string; pages: string[] },
): Promise<void> {
  if (!existsSync(join(ask.dir, "index.html"))) return;
  await app.register(fastifyStatic, {
    root: ask.dir,
    prefix: ask.prefix,
    decorateReply: false,
    wildcard: false,
    index: false,
    setHeaders: (reply, path) => {
      // Names of built files hold a hash of their content.
      const isHashed = path.includes("/assets/");
      reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  for (const url of ask.pages) {
    app.route({
      method: "GET",
      url,
      config: { access: "public" },
      schema: { hide: true },
      handler: (request, reply) => {
        // A file that is not there, a script that a client looks for, or a call that does not exist, is no page.
        if (/^\/(api|v1|p)\/|\/assets\/|\.(js|php|map)(\?|$)/.test(request.url))
          refuse("missing", "address.missing", "There is nothing at this address.");
        return reply.type("text/html").header("cache-control", "no-cache").sendFile("index.html", ask.dir);
      },
    });
  }
}
