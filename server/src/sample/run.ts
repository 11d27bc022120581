import type { FastifyInstance } from "fastify";
import type { Context, Gardens } from "../garden/index.ts";
import { senders } from "./calls.ts";
import type { Client } from "./client.ts";
import { connectSystems } from "./prepare.ts";
import { beginTruth, endTruth } from "./store.ts";
import { summaryOf, type TruthSummary, truthOf } from "./summary.ts";
import { answerAlerts, askBuyers, openSurvey } from "./survey.ts";
import { parameters } from "./truth.ts";
import { type Asking, openWorld, type World } from "./world.ts";

export interface SampleInput {
  customers: number;
  weeks: number;
  seed: string;
  /** The last simulated day, YYYY-MM-DD. */
  until: string;
  /** Days that are sent before somebody is asked about; 1 is day by day. */
  daysAtOnce: number;
  /** Weeks from one run of insight to the next. */
  insightEveryWeeks: number;
}

/** What the simulator needs of the process beside HTTP: to know when the product is through with what it was sent. */
export interface SampleParts {
  http: FastifyInstance;
  gardens: Gardens;
  /** Background work of the garden; while paused, what is sent gathers in the inbox. */
  work: { drained(): Promise<void>; pause(): Promise<void>; resume(): void };
}

export interface Progress {
  day: string;
  events: number;
  decisions: number;
}

/** Decisions that are asked for side by side. */
const asksAtOnce = 6;
const surveyFromWeek = 8;
/** Weeks with offers take longer, since each day waits for what was sent before. */
const offerWeekWeight = 3;

/**
 * Simulates the brand's weeks. Each day's calls are sent through the public API and worked through before anybody is
 * asked about; insight and offers are worked out anew each week. The product is paused while a day is sent, so that one
 * batch takes all of it: the same seed then gives the same customers the same ids, and so the same arms.
 */
export async function simulate(
  parts: SampleParts,
  ctx: Context,
  input: SampleInput,
  job: { progress(share: number, detail: Progress): Promise<void>; signal: AbortSignal },
): Promise<TruthSummary> {
  const { weeks, seed } = input;
  const start = new Date(Date.parse(`${input.until}T00:00:00Z`) - (weeks * 7 - 1) * 86_400_000);
  const clock = (day: number) => new Date(start.getTime() + day * 86_400_000 - 1);
  await parts.gardens.setClock(ctx.garden.id, start);
  await beginTruth(ctx, { ...input, start, parameters });
  const world = openWorld({ seed, customers: input.customers, weeks, start, words: ctx.garden.language });
  const { client, keys, tokenId } = await connectSystems(parts.http, ctx);
  const counts: Progress & { answered: number; withdrawn: number } = {
    day: "",
    events: 0,
    decisions: 0,
    answered: 0,
    withdrawn: 0,
  };

  async function send(day: number): Promise<Asking[]> {
    const { calls, asking } = world.day(day);
    for (const sender of senders) {
      await client.collect(keys[sender], calls[sender], clock(day + 1));
      counts.events += calls[sender].length;
    }
    return asking;
  }

  /** Sends some days as one, and waits until the product is through with them. */
  async function live(days: number[]): Promise<Asking[]> {
    const asking: Asking[] = [];
    await parts.work.pause();
    try {
      for (const day of days) asking.push(...(await send(day)));
    } finally {
      parts.work.resume();
    }
    await parts.work.drained();
    return asking;
  }

  let surveyId = "";
  const offersFrom = Math.round(weeks * parameters.offers.from);
  const whole = weeks + (weeks - offersFrom) * (offerWeekWeight - 1);
  let done = 0;
  let concluding: Promise<void> = Promise.resolve();
  for (let week = 0; week < weeks; week++) {
    job.signal.throwIfAborted();
    const days = Array.from({ length: 7 }, (_, n) => week * 7 + n);
    await parts.gardens.setClock(ctx.garden.id, clock(days[0]! + 1));
    const hasOffers = week >= offersFrom;
    // Without offers nothing that is sent depends on what the product says, so a week goes as one.
    for (const group of hasOffers ? groupsOf(days, input.daysAtOnce) : [days]) {
      const asking = await live(group);
      if (!asking.length) continue;
      await parts.gardens.setClock(ctx.garden.id, clock(group.at(-1)! + 1));
      await parts.work.pause();
      try {
        await eachOf(asking, asksAtOnce, (one) => ask(client, keys.site, world, one));
      } finally {
        parts.work.resume();
      }
      counts.decisions += asking.length;
      job.signal.throwIfAborted();
    }
    await parts.gardens.setClock(ctx.garden.id, clock((week + 1) * 7));
    await concluding;
    if ((week + 1) % input.insightEveryWeeks === 0 || week === offersFrom - 1) {
      concluding = conclude(client, clock((week + 1) * 7), job.signal);
      // Before there are offers nobody waits for what is concluded: the next week goes on meanwhile.
      if (week >= offersFrom - 1) await concluding;
      else concluding.catch(() => {});
    }
    if (week >= surveyFromWeek) {
      if (!surveyId) surveyId = await openSurvey(client);
      const max = Math.max(2, Math.round((16 * input.customers) / 5000));
      const answers = await askBuyers(client, { surveyId, world, week, max, seed });
      counts.answered += answers.answered;
      counts.withdrawn += answers.withdrawn;
      await answerAlerts(client, week);
    }
    done += hasOffers ? offerWeekWeight : 1;
    const { day: _day, events, decisions } = counts;
    await job.progress(done / whole, {
      day: clock((week + 1) * 7)
        .toISOString()
        .slice(0, 10),
      events,
      decisions,
    });
  }
  await parts.work.drained();
  await conclude(client, clock(weeks * 7), job.signal);
  const truth = truthOf(world);
  const summary = summaryOf(world, truth, counts);
  await endTruth(ctx, truth, summary);
  await client.call("DELETE", `/api/tokens/${tokenId}`);
  return summary;
}

/** Everything is concluded anew, value and lifecycle and what to offer, as it is at night. */
async function conclude(client: Client, at: Date, signal: AbortSignal): Promise<void> {
  const until = at.toISOString().slice(0, 10);
  const { jobId } = await client.call("POST", "/api/insight/runs", { until });
  for (;;) {
    signal.throwIfAborted();
    const run = await client.call("GET", `/api/jobs/${jobId}`);
    if (run.state === "done") return;
    if (run.state !== "queued" && run.state !== "running")
      throw new Error(`${run.name} ${run.state}: ${run.error}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A page or a till asks what to offer, shows it, and the person takes it or leaves it. */
async function ask(client: Client, siteKey: string, world: World, asking: Asking): Promise<void> {
  const { person } = asking;
  const at = new Date(world.start.getTime() + Math.round(asking.at * 86_400_000));
  const isNamed = "userId" in asking.as;
  const speak = isNamed ? client.call : client.visit;
  person.seen.asked++;
  const answer = await speak("POST", "/v1/decide", {
    ...asking.as,
    ...(isNamed ? {} : { writeKey: siteKey }),
    at: at.toISOString(),
  });
  // The arm is the product's: all that counts here is whether there is something to show.
  const decision = answer.decision as { id: string; offer: { productId: string } } | null;
  if (!decision) return;
  const confirm = (what: "shown" | "accepted", seconds: number) =>
    client.visit("POST", `/v1/decide/${what}`, {
      writeKey: siteKey,
      decisionId: decision.id,
      at: new Date(at.getTime() + seconds * 1000).toISOString(),
    });
  await confirm("shown", 1);
  const { clicked } = world.react(asking, decision.offer.productId);
  if (clicked) await confirm("accepted", 20);
}

function groupsOf(days: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(days.length / size) }, (_, n) =>
    days.slice(n * size, (n + 1) * size),
  );
}

/** Works through a list with a few at a time, begun in order. */
async function eachOf<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < list.length) await work(list[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, lane));
}
