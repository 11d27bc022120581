import type { Pool } from "pg";
import { submit } from "../../data/collect/index.ts";
import { consentsOf, listPurposes } from "../../data/consent/index.ts";
import { findPart, idsOf, partOf, survivorsOf } from "../../data/identity/index.ts";
import type { Context, Gardens, Language, Tx } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { createVisitorLink, type Holder, holderOf } from "./links.ts";
import { type AnswerChannel, cleanReason, hashOf, type StoredAnswer, type Survey } from "./model.ts";
import { groupOf } from "./nps.ts";
import { sealReason, withReason } from "./sealed.ts";
import * as store from "./store.ts";

/** What a customer sends. */
export interface GivenAnswer {
  slug: string;
  /** 0 to 10, whole. */
  score: number;
  reason?: string | undefined;
  language?: Language | undefined;
  /** The personal link's token, or the one that a visitor got for an earlier answer. */
  token?: string | undefined;
  /** A visitor id of the brand's website. Anyone may claim one, so it opens nothing. */
  anonymousId?: string | undefined;
  /** A secret that the page made up: the same answer sent twice is one, and can be changed. */
  key: string;
  /** When it is given; only a synthetic garden may say so. */
  at?: Date | undefined;
}

export interface TakenAnswer {
  survey: Survey;
  answer: StoredAnswer;
  /** Leads to the customer's own consents; undefined for an answer without a name. */
  token?: string;
}

/** Whose answer it is, and by which way. */
interface Speaker {
  channel: AnswerChannel;
  customerId: number | null;
  customerIds: number[];
}

const nobody: Speaker = { channel: "open", customerId: null, customerIds: [] };

/**
 * Takes an answer, or the change of one, until the survey is closed. The score becomes an event; the
 * reason stays in Postgres. A detractor opens an alert.
 * Refuses: survey.missing, survey.closed, link.unknown, answer.time_not_allowed.
 */
export async function answerSurvey(gardens: Gardens, given: GivenAnswer): Promise<TakenAnswer> {
  const { ctx, survey } = await getPublicSurvey(gardens, given.slug);
  if (given.at && !ctx.garden.synthetic) {
    refuse("invalid", "answer.time_not_allowed", "Only a synthetic garden takes answers of another time.");
  }
  const holder = await holderOf(gardens, given.token, ctx.garden.id);
  if (given.token && holder?.survey.id !== survey.id) {
    refuse("missing", "link.unknown", "This link does not belong to this survey, or its time is over.");
  }
  return ctx.inTransaction(async (tx) => {
    const held = await store.holdSurvey(tx, survey.id);
    if (held?.state !== "open") refuse("conflict", "survey.closed", "This survey is closed.");
    const speaker = await speakerOf(tx, holder, given.anonymousId);
    const at = given.at ?? ctx.now();
    const earlier = await findEarlier(tx, survey.id, speaker, given.key);
    const answer = earlier
      ? await change(tx, ctx, survey, earlier, given, at)
      : await insert(tx, ctx, survey, speaker, given, at);
    if (groupOf(answer.score) === "detractor") await store.openAlert(tx, answer.id, at);
    const token = await tokenFor(tx, ctx, survey, answer, given.token, earlier !== undefined);
    return { survey, answer, ...(token ? { token } : {}) };
  });
}

/** The survey behind an address, as the public may see it. Refuses: survey.missing. */
export async function getPublicSurvey(
  gardens: Gardens,
  slug: string,
): Promise<{ ctx: Context; survey: Survey }> {
  const garden = await store.gardenOfSlug(gardens.platformPool, slug);
  if (garden && !gardens.find(garden)) await gardens.refresh();
  if (garden && gardens.find(garden)) {
    const ctx = gardens.context(garden, { kind: "public", id: "public", name: "customer" });
    const survey = await store.findSurveyBySlug(ctx.pool, slug);
    if (survey && survey.state !== "draft") return { ctx, survey };
  }
  refuse("missing", "survey.missing", "There is no survey at this address.");
}

/**
 * The answer that the holder of a personal link gave before, to be shown to them again. A visitor's is
 * not: who claims a visitor id may write, and reads nothing.
 */
export async function earlierAnswer(holder: Holder): Promise<StoredAnswer | undefined> {
  const { ctx, survey, link, customerIds } = holder;
  if (link.kind !== "personal") return undefined;
  const answer = await store.findAnswerOf(ctx.pool, {
    surveyId: survey.id,
    customerIds,
    channel: "personal",
  });
  return answer && withReason(ctx, answer);
}

/** Whether an answer by this link is kept with its customer: not where they refused to be measured. */
export async function isKeptWithCustomer({ ctx, customerId }: Holder): Promise<boolean> {
  return !(await refusesCollection(ctx.pool, customerId));
}

/**
 * By a token: its customer. By a visitor id: the visitor, if we know one. Whoever refused to be
 * measured is nobody here: the answer counts, and is not kept with their name.
 */
async function speakerOf(
  tx: Tx,
  holder: Holder | undefined,
  anonymousId: string | undefined,
): Promise<Speaker> {
  // Of a merged customer the part that was asked, or that the browser is of: the answer goes with it if the merge is taken back.
  const partId = holder
    ? await partOf(tx, holder.link.customerId)
    : anonymousId && (await findPart(tx, "anonymous_id", anonymousId));
  if (!partId) return nobody;
  const customerId = (await survivorsOf(tx, [partId])).get(partId)!;
  if (await refusesCollection(tx, customerId)) return nobody;
  return {
    channel: holder?.link.kind ?? "visitor",
    customerId: partId,
    customerIds: holder?.customerIds ?? (await idsOf(tx, customerId)),
  };
}

async function refusesCollection(db: Pool | Tx, customerId: number): Promise<boolean> {
  const purposes = await listPurposes(db);
  const refused = (await consentsOf(db, customerId)).filter((answer) => !answer.granted);
  return refused.some((answer) =>
    purposes.some((purpose) => purpose.key === answer.purpose && purpose.kinds.includes("collect")),
  );
}

async function findEarlier(
  tx: Tx,
  surveyId: number,
  speaker: Speaker,
  key: string,
): Promise<StoredAnswer | undefined> {
  const byKey = await store.findAnswerByKey(tx, surveyId, hashOf(key));
  if (speaker.channel === "open") return byKey;
  const own = await store.findAnswerOf(tx, {
    surveyId,
    customerIds: speaker.customerIds,
    channel: speaker.channel,
  });
  return own ?? byKey;
}

async function insert(
  tx: Tx,
  ctx: Context,
  survey: Survey,
  speaker: Speaker,
  given: GivenAnswer,
  at: Date,
): Promise<StoredAnswer> {
  const answer = await store.insertAnswer(tx, {
    surveyId: survey.id,
    customerId: speaker.customerId,
    channel: speaker.channel,
    keyHash: hashOf(given.key),
    score: given.score,
    reason: sealReason(ctx, cleanReason(given.reason) ?? null),
    language: given.language ?? survey.language,
    answeredAt: at,
  });
  if (!answer) {
    // Another request with the same key or token was quicker; it is committed now, so this one changes it.
    const other = await findEarlier(tx, survey.id, speaker, given.key);
    if (!other) refuse("busy", "answer.busy", "Your answer is being saved already. Try again in a moment.");
    return change(tx, ctx, survey, other, given, at);
  }
  await tell(tx, ctx, survey, answer, "Survey Answered", at);
  return answer;
}

async function change(
  tx: Tx,
  ctx: Context,
  survey: Survey,
  earlier: StoredAnswer,
  given: GivenAnswer,
  at: Date,
): Promise<StoredAnswer> {
  const to = {
    score: given.score,
    reason: cleanReason(given.reason) ?? null,
    language: given.language ?? earlier.language,
  };
  if (to.score === earlier.score && to.reason === withReason(ctx, earlier).reason) return earlier;
  const answer = await store.changeAnswer(tx, earlier.id, {
    ...to,
    reason: sealReason(ctx, to.reason),
    at,
  });
  await tell(tx, ctx, survey, answer, "Survey Answer Changed", at);
  return answer;
}

/** The answer as an event: the score and where it is from, never the words. Customer 0 is nobody. */
async function tell(
  tx: Tx,
  ctx: Context,
  survey: Survey,
  answer: StoredAnswer,
  event: "Survey Answered" | "Survey Answer Changed",
  at: Date,
): Promise<void> {
  await submit(tx, ctx, [
    {
      type: "track",
      event,
      messageId: `survey-answer-${answer.id}-${answer.revision}`,
      timestamp: at,
      customerId: answer.customerId ?? 0,
      properties: {
        survey_id: survey.id,
        slug: survey.slug,
        answer_id: answer.id,
        score: answer.score,
        group: groupOf(answer.score),
        has_reason: answer.reason !== null,
        asked_by: answer.channel,
        channel: "survey",
      },
    },
  ]);
}

/** The token that the thank-you page leads on with: the one that was shown, or a visitor's first. */
async function tokenFor(
  tx: Tx,
  ctx: Context,
  survey: Survey,
  answer: StoredAnswer,
  shown: string | undefined,
  isChange: boolean,
): Promise<string | undefined> {
  if (shown) return shown;
  if (answer.channel !== "visitor" || answer.customerId === null || isChange) return undefined;
  return createVisitorLink(tx, ctx, survey, answer.customerId);
}
