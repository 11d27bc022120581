import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { calledAt } from "../../platform/http/index.ts";
import { parseId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";

export const SurveyPath = z.object({ id: z.string() });

export interface SurveysSurroundings {
  /** Address that customers reach this server by; without it, the one that the request came to. */
  publicUrl?: string | undefined;
}

export const surveyIdOf = (id: string) =>
  parseId("survey", id) ?? refuse("missing", "survey.missing", "There is no such survey.");

/** Where this server is for customers. */
export function baseUrlOf(around: SurveysSurroundings, request: FastifyRequest): string {
  return calledAt(request, around.publicUrl);
}
