import type { FastifyReply } from "fastify";

/** One transparent dot. */
const dot = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** Answers with an image that nobody sees, and that nothing on the way keeps: each showing of it is told. */
export function answerImage(reply: FastifyReply, status: number): Buffer {
  reply.status(status).type("image/gif").header("cache-control", "no-store");
  return dot;
}
