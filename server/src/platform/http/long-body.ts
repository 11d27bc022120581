import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";

/** Connections that send a body which may take longer than any other request is given. */
const patient = new WeakSet<object>();

/**
 * Lets this request take as long as it needs, as long as something comes every `idleMs`. Only for callers
 * whose right was checked.
 */
export function expectLongBody(request: FastifyRequest, idleMs = 60_000): void {
  const { raw } = request;
  const { socket } = raw;
  if (!socket || typeof socket.setTimeout !== "function") return;
  const giveUp = () => raw.destroy();
  patient.add(socket);
  socket.setTimeout(idleMs, giveUp);
  raw.once("close", () => {
    patient.delete(socket);
    socket.setTimeout(0);
    socket.off("timeout", giveUp);
  });
}

/** Answers requests that never became one; one that is allowed its time goes on. */
export function onClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && patient.has(socket)) return;
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const status =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? "408 Request Timeout"
      : error.code === "HPE_HEADER_OVERFLOW"
        ? "431 Request Header Fields Too Large"
        : "400 Bad Request";
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  socket.destroy(error);
}
