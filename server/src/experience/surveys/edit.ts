import { type Context, record, type Tx } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { cleanDraft, type Survey, type SurveyDraft } from "./model.ts";
import * as store from "./store.ts";

/** Begins a survey as a draft. Refuses: survey.slug_taken, survey.no_question. */
export function createSurvey(ctx: Context, input: SurveyDraft): Promise<Survey> {
  ctx.require("experience:write");
  const draft = cleanDraft(input);
  return ctx.inTransaction(async (tx) => {
    await take(tx, ctx, draft.slug);
    const survey = await store.insertSurvey(tx, draft, ctx.now());
    await record(tx, ctx, "survey.created", subjectOf(survey), undefined, shownInTrail(survey));
    return survey;
  });
}

/**
 * Changes a survey. An open one keeps its question, language and address, since answers to another
 * question cannot be put together; its name may change at any time.
 * Refuses: survey.missing, survey.not_draft, survey.slug_taken, survey.no_question.
 */
export function editSurvey(ctx: Context, id: number, change: Partial<SurveyDraft>): Promise<Survey> {
  ctx.require("experience:write");
  return ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    const { name, ...rest } = change;
    if (before.state !== "draft" && Object.values(rest).some((value) => value !== undefined)) {
      refuse(
        "conflict",
        "survey.not_draft",
        "An open survey keeps its question and address. Begin a new one instead.",
      );
    }
    const after: Survey =
      before.state === "draft"
        ? { ...before, ...cleanDraft({ ...draftOf(before), ...withoutUndefined(change) }) }
        : { ...before, name: name ?? before.name };
    if (after.slug !== before.slug) {
      await take(tx, ctx, after.slug);
      await store.freeSlug(tx, ctx.garden.id, before.slug);
    }
    await store.saveSurvey(tx, after);
    await record(tx, ctx, "survey.changed", subjectOf(after), shownInTrail(before), shownInTrail(after));
    return after;
  });
}

/** Opens a survey to answers. Refuses: survey.missing, survey.not_draft. */
export function publishSurvey(ctx: Context, id: number): Promise<Survey> {
  ctx.require("experience:write");
  return ctx.inTransaction(async (tx) => {
    const draft = await lock(tx, id);
    if (draft.state !== "draft") refuse("conflict", "survey.not_draft", "This survey was published before.");
    const open: Survey = { ...draft, state: "open", publishedAt: ctx.now() };
    await store.saveSurvey(tx, open);
    await record(tx, ctx, "survey.published", subjectOf(open), shownInTrail(draft), shownInTrail(open));
    return open;
  });
}

/** Ends a survey: from here on answers can be neither given nor changed. Refuses: survey.missing, survey.not_open. */
export function closeSurvey(ctx: Context, id: number): Promise<Survey> {
  ctx.require("experience:write");
  return ctx.inTransaction(async (tx) => {
    const open = await lock(tx, id);
    if (open.state !== "open") refuse("conflict", "survey.not_open", "Only an open survey can be closed.");
    const closed: Survey = { ...open, state: "closed", closedAt: ctx.now() };
    await store.saveSurvey(tx, closed);
    await record(tx, ctx, "survey.closed", subjectOf(closed), shownInTrail(open), shownInTrail(closed));
    return closed;
  });
}

/** Throws a draft away and gives its address back. Refuses: survey.missing, survey.not_draft. */
export function deleteSurvey(ctx: Context, id: number): Promise<void> {
  ctx.require("experience:write");
  return ctx.inTransaction(async (tx) => {
    const draft = await lock(tx, id);
    if (draft.state !== "draft")
      refuse("conflict", "survey.not_draft", "Only a draft can be thrown away; close the survey instead.");
    await store.deleteSurvey(tx, id);
    await store.freeSlug(tx, ctx.garden.id, draft.slug);
    await record(tx, ctx, "survey.deleted", subjectOf(draft), shownInTrail(draft), undefined);
  });
}

export async function getSurvey(ctx: Context, id: number): Promise<Survey> {
  return (await store.findSurvey(ctx.pool, id)) ?? missing();
}

async function lock(tx: Tx, id: number): Promise<Survey> {
  return (await store.lockSurvey(tx, id)) ?? missing();
}

export function missing(): never {
  refuse("missing", "survey.missing", "There is no such survey.");
}

async function take(tx: Tx, ctx: Context, slug: string): Promise<void> {
  if (await store.takeSlug(tx, ctx.garden.id, slug)) return;
  refuse("conflict", "survey.slug_taken", `The address /s/${slug} is taken. Choose another one.`);
}

const draftOf = ({ name, slug, language, question }: Survey): SurveyDraft => ({
  name,
  slug,
  language,
  question,
});

const withoutUndefined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;

const subjectOf = (survey: Survey) => `survey ${survey.slug}`;

const shownInTrail = ({ name, slug, language, question, state }: Survey) => ({
  name,
  slug,
  language,
  question,
  state,
});
