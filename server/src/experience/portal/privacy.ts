import { z } from "zod";
import {
  type Archive,
  archivesOf,
  fileRequest,
  listRequests,
  RequestKind,
  startArchive,
} from "../../data/privacy/index.ts";
import type { Language } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Holder } from "../surveys/index.ts";
import { accessOf } from "./consents.ts";

/** What a customer asked about their own data, and the files that were made for them. */
export const PrivacyPage = z.object({
  brand: z.string(),
  /** `none`: whoever opened it only claims to be this customer, so nothing is shown and nothing taken. */
  access: z.enum(["full", "none"]),
  requests: z.array(
    z.object({
      id: z.string(),
      kind: RequestKind,
      state: z.enum(["open", "working", "done", "refused"]),
      openedAt: z.date(),
      dueAt: z.date(),
      note: z.string().nullable(),
    }),
  ),
  files: z.array(
    z.object({
      id: z.string(),
      state: z.enum(["queued", "ready", "failed"]),
      bytes: z.number().nullable(),
      expiresAt: z.date(),
    }),
  ),
});
export type PrivacyPage = z.infer<typeof PrivacyPage>;

export const PrivacyAsk = z.object({
  token: z.string().max(100),
  kind: RequestKind,
  words: z.string().trim().max(4_000).optional(),
});

export async function privacyPage(holder: Holder): Promise<PrivacyPage> {
  const { ctx, customerIds } = holder;
  const { brand } = ctx.garden;
  if ((await accessOf(holder)) !== "full") return { brand, access: "none", requests: [], files: [] };
  const requests = await listRequests(ctx, { customerIds, max: 50 });
  const files = await archivesOf(ctx, customerIds);
  return {
    brand,
    access: "full",
    requests: requests.map(({ id, kind, state, openedAt, dueAt, note }) => ({
      id,
      kind,
      state,
      openedAt,
      dueAt,
      note,
    })),
    files: files.map(({ id, state, bytes, expiresAt }: Archive) => ({ id, state, bytes, expiresAt })),
  };
}

/**
 * Takes what the holder of a personal link asks; the link proves who they are. A file about themselves is made at once,
 * everything else waits for an operator. Refuses request.not_proven.
 */
export async function askPrivacy(
  holder: Holder,
  jobs: Jobs,
  ask: { kind: RequestKind; words?: string | undefined; language: Language },
): Promise<PrivacyPage> {
  const { ctx, customerId } = holder;
  if ((await accessOf(holder)) !== "full")
    refuse(
      "forbidden",
      "request.not_proven",
      "Use the personal link that we sent you: it proves that it is you.",
    );
  const request = await fileRequest(ctx, { customerId, kind: ask.kind, origin: "portal", words: ask.words });
  const makesFile = ask.kind === "access" || ask.kind === "portability";
  if (makesFile && request.state === "open")
    await startArchive(ctx, jobs, { requestId: request.id, customerId, language: ask.language });
  return privacyPage(holder);
}
