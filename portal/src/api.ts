import { ApiError, send } from "@rondell/api-client";
import type { ConsentsPage, PrivacyKind, PrivacyPage } from "./page-data.ts";
import type { Key, Language } from "./words.ts";

const options = { baseUrl: window.location.origin };

const post = <T>(path: string, body: object) =>
  send<T>(options, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export interface SentAnswer {
  score: number;
  reason?: string;
  language: Language;
  token?: string | undefined;
  anonymousId?: string | undefined;
  key: string;
}

export const sendAnswer = (slug: string, answer: SentAnswer) =>
  post<{ score: number; token: string | null }>(`/p/api/surveys/${encodeURIComponent(slug)}/answers`, answer);

export const sendConsents = (
  token: string,
  answers: { purpose: string; granted: boolean; wordingVersion: number }[],
) => post<ConsentsPage>("/p/api/consents", { token, answers });

export const readConsents = (token: string) =>
  send<ConsentsPage>(options, "/p/api/consents", { headers: { "x-rondell-token": token } });

export const readPrivacy = (token: string) =>
  send<PrivacyPage>(options, "/p/api/privacy", { headers: { "x-rondell-token": token } });

export const askPrivacy = (token: string, ask: { kind: PrivacyKind; words?: string; language: Language }) =>
  post<PrivacyPage>("/p/api/privacy", { token, ...ask });

/** Brings the file into the customer's downloads. The token goes into the head: an address stands in histories. */
export async function fetchFile(token: string, id: string): Promise<void> {
  const answer = await fetch(`/p/api/privacy/files/${id}`, { headers: { "x-rondell-token": token } });
  if (!answer.ok) throw new ApiError("export.missing", "", answer.status);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "person.zip";
  link.click();
  URL.revokeObjectURL(url);
}

/** A secret that makes an answer one, however often it is sent. Works without TLS too, unlike randomUUID. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What to tell a customer about a failure; the server's own words are for operators. */
export function faultOf(error: unknown): Key {
  if (error instanceof ApiError) {
    if (error.status === 0) return "error.unreachable";
    if (error.code === "survey.closed") return "error.closed";
    if (error.code === "link.unknown") return "unknown_link.title";
    if (error.code === "consent.no_address") return "error.address";
    if (error.code === "consent.wording_changed") return "error.wording";
  }
  return "error.other";
}
