import { ApiError, GARDEN_HEADER } from "@rondell/api-client";
import { chosenGarden } from "../../shell/api.ts";
import type { SentFile } from "./queries.ts";

/** How far the sending of files is, in bytes of all of them. */
export interface Sending {
  name: string;
  sent: number;
  total: number;
  /** Since the first byte, in ms. */
  elapsedMs: number;
}

/** Bytes a second so far, and the seconds that are left at that rate; undefined while it cannot be told. */
export function paceOf({ sent, total, elapsedMs }: Sending): { rate: number; leftMs: number } | undefined {
  if (elapsedMs < 500 || sent === 0) return undefined;
  const rate = (sent / elapsedMs) * 1000;
  return { rate, leftMs: ((total - sent) / rate) * 1000 };
}

/**
 * Sends files one after the other as they are; the server keeps them until an import names them. `tell` hears
 * how far it is, and each file that is there. A request by `fetch` does not tell what was sent, so this is an older one.
 */
export async function sendFiles(
  files: readonly File[],
  tell: (sending: Sending) => void,
  signal: AbortSignal,
  arrived: (file: SentFile) => void,
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const startedAt = performance.now();
  let before = 0;
  for (const file of files) {
    const say = (sent: number) =>
      tell({ name: file.name, sent: before + sent, total, elapsedMs: performance.now() - startedAt });
    say(0);
    arrived(await sendOne(file, say, signal));
    before += file.size;
  }
}

function sendOne(file: File, tell: (sent: number) => void, signal: AbortSignal): Promise<SentFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/imports/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    const garden = chosenGarden();
    if (garden) request.setRequestHeader(GARDEN_HEADER, garden);
    request.upload.addEventListener("progress", (event) => tell(event.loaded));
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status === 200) return resolve(body as SentFile);
      const { status, statusText } = request;
      reject(ApiError.of(body, new Response(null, { status, statusText })));
    });
    request.addEventListener("error", () =>
      reject(ApiError.unreachable(new Error("The sending broke off."))),
    );
    request.addEventListener("abort", () => reject(new DOMException("Stopped.", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
