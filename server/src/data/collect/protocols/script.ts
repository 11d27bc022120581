import type { FastifyInstance, FastifyRequest } from "fastify";
import { findSource } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { listPurposes } from "../../consent/index.ts";
import { answersClients, type CollectSurroundings } from "./seam.ts";

/** What Rondell's own script for websites asks for, besides the Segment protocol that it speaks. */
export function scriptRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  answersClients(
    scope,
    "GET",
    "/v1/projects/:writeKey/purposes",
    "What a visitor is asked to allow, in the brand's words: for the banner of the script for websites",
    (request, reply) => {
      reply.header("cache-control", "public, max-age=300");
      return purposesFor(around, request);
    },
  );
}

async function purposesFor(around: CollectSurroundings, request: FastifyRequest) {
  const { writeKey } = request.params as { writeKey: string };
  const found = await findSource(around.gardens, writeKey);
  if (!found) refuse("missing", "key.unknown", "No source has this write key.");
  const { garden } = found;
  const { pool } = around.gardens.context(garden.id, { kind: "job", id: "collect", name: "collect" });
  const purposes = await listPurposes(pool);
  return {
    brand: garden.brand,
    purposes: purposes.map(({ key, name, wording, wordingVersion }) => ({
      key,
      name,
      wording,
      wordingVersion,
    })),
  };
}
