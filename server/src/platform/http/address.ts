import type { FastifyRequest } from "fastify";
import { refuse } from "../refusal.ts";

/**
 * The address at which a browser reaches this server: the one that is set, else what the request itself says. Refuses
 * request.invalid where that is no address.
 */
export function calledAt(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl) return publicUrl;
  const address = `${request.protocol}://${request.host}`;
  if (!/^[a-z0-9.:[\]_-]+$/i.test(request.host) || !URL.canParse(address))
    refuse("invalid", "request.invalid", "The header Host names no address.");
  return address;
}
