import type { FastifyError, FastifyInstance } from "fastify";
import { dittofeedRoutes } from "./protocols/dittofeed.ts";
import { ga4Routes } from "./protocols/ga4.ts";
import { jitsuRoutes } from "./protocols/jitsu.ts";
import { matomoRoutes } from "./protocols/matomo.ts";
import { pixelRoutes } from "./protocols/pixel.ts";
import { posthogRoutes } from "./protocols/posthog.ts";
import { rudderRoutes } from "./protocols/rudder.ts";
import { scriptRoutes } from "./protocols/script.ts";
import type { CollectSurroundings } from "./protocols/seam.ts";
import { segmentRoutes } from "./protocols/segment.ts";
import { snowplowRoutes } from "./protocols/snowplow.ts";
import { webhookRoutes } from "./protocols/webhook.ts";
import { refusedRequests } from "./refused.ts";

/** The clients that people already have, each by its own protocol. The scope gives bodies as they came. */
export function collectRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  scope.decorateRequest("writer", undefined);
  const refused = refusedRequests(around);
  scope.setErrorHandler(async (error: FastifyError, request) => {
    // The handler around this one answers.
    throw request.routeOptions.config.takesEvents ? await refused(error, request, request.writer) : error;
  });
  segmentRoutes(scope, around);
  scriptRoutes(scope, around);
  rudderRoutes(scope, around);
  dittofeedRoutes(scope, around);
  jitsuRoutes(scope, around);
  posthogRoutes(scope, around);
  matomoRoutes(scope, around);
  ga4Routes(scope, around);
  snowplowRoutes(scope, around);
  pixelRoutes(scope, around);
  webhookRoutes(scope, around);
}
