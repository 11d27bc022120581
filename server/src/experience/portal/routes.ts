import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Archives } from "../../data/privacy/index.ts";
import { type Gardens, router } from "../../garden/index.ts";
import { servePages } from "../../platform/http/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { dataRoutes } from "./data-routes.ts";
import { pageRoutes } from "./page-routes.ts";

export interface PortalSurroundings {
  gardens: Gardens;
  projectDir: string;
  jobs: Jobs;
  archives: Archives;
}

/**
 * Requests of one address in a minute; more get 429. An office or a mobile network shares one address.
 * Loopback is a proxy on this machine, with all customers behind it, unless RONDELL_TRUST_PROXY names them.
 */
const perMinute = (address: string) => (/^(?:127\.|::1$|::ffff:127\.)/.test(address) ? 12_000 : 600);

/**
 * The customers' side: the pages `/s/<slug>` and `/p/consents`, and the data they ask for. A token is the
 * only thing that opens a customer's page here: an operator's session means nothing on these routes.
 */
export async function portalRoutes(app: FastifyInstance, around: PortalSurroundings): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook(
      "onRequest",
      scope.rateLimit({ max: (_request, address) => perMinute(address), timeWindow: "1 minute" }),
    );
    scope.addHook("onSend", async (_request, reply) => {
      // A token stands in the address of a page: no other site may learn it, and no cache keep it.
      reply.header("referrer-policy", "no-referrer").header("cache-control", "no-store");
    });
    dataRoutes(router(scope, { gardens: around.gardens, identify: async () => undefined }), around);
    await scope.register(async (forms) => {
      // Only here: a form of another site must never reach a route that an operator's session opens.
      forms.addContentTypeParser(
        "application/x-www-form-urlencoded",
        { parseAs: "string", bodyLimit: 32_768 },
        (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
      );
      pageRoutes(forms, around);
    });
  });
  await servePages(app, { dir: join(around.projectDir, "portal/dist"), prefix: "/p/", pages: [] });
}
