import { openConsent } from "./consent.ts";
import { contextOf, type PageContext, pageNow } from "./context.ts";
import { openKept, uuid } from "./kept.ts";
import type { Options } from "./options.ts";
import { partsOf } from "./parts.ts";
import { post } from "./post.ts";
import { type Call, openQueue } from "./queue.ts";
import { saysNo } from "./signal.ts";
import { watchForms, watchOutbound, watchPages, watchScroll } from "./watch.ts";

export type Json = Record<string, unknown>;
/** What a single call may set: its time, its id, more context, the brand's signature under the user id. */
export type CallOptions = {
  timestamp?: string;
  messageId?: string;
  context?: Json;
  userIdSignature?: string;
};

/** How long a single-page app has to set the title of the page that it opened. */
const titleMs = 100;

/** The script at work for one write key. */
export function openClient(writeKey: string, options: Options) {
  const { server } = options;
  const kept = openKept(options);
  const consent = openConsent(kept, options);
  const mayMeasure = () => consent.allows("measure");
  const send = (calls: readonly string[]) => post(server, writeKey, calls);
  const queue = openQueue({ send, isAllowed: mayMeasure });
  const parts = partsOf({
    ...{ server, writeKey, options },
    allows: consent.allows,
    isOpen: consent.isOpen,
    visitor: () => visitor().anonymousId,
    whenTold: (done) => {
      void queue.flush();
      queue.whenEmpty(done);
    },
    answers: () => kept.read().answers ?? {},
    answer,
  });
  const scroll = options.scroll ? watchScroll() : undefined;
  /** The page that was counted last. */
  let page: PageContext | undefined;
  /** The next anonymous id. */
  let fresh = uuid();
  /** Who somebody is was said before it may be told: it is told with the yes. */
  let named: (() => void) | undefined;

  /** The ids of this browser, made when they are first needed. Only after a yes to measuring. */
  function visitor() {
    const before = kept.read();
    const all = { ...before, anonymousId: before.anonymousId ?? fresh };
    if (!before.anonymousId) kept.write(all);
    return all;
  }

  function reset(): void {
    fresh = uuid();
    const { answers } = kept.read();
    if (answers) kept.write({ answers });
    else kept.remove();
  }

  function callOf(type: string, fields: Json, ids: Json, answers: Json, more: CallOptions = {}): Call {
    const { context, ...rest } = more;
    return {
      ...{ type, messageId: uuid(), timestamp: new Date().toISOString() },
      ...ids,
      ...fields,
      context: {
        ...contextOf(page ?? pageNow(document.referrer)),
        consent: { categoryPreferences: answers },
        ...context,
      },
      ...rest,
    };
  }

  /** Nothing happens before it is allowed. */
  function tell(type: string, fields: Json, more?: CallOptions): void {
    if (!mayMeasure()) return;
    const { answers = {}, ...ids } = visitor();
    queue.add(callOf(type, fields, ids, answers, more));
  }

  function view(properties?: Json, fields?: Json, more?: CallOptions): void {
    if (!mayMeasure()) return;
    const here = pageNow(page?.url ?? document.referrer);
    // The same page once more came from the same place.
    if (here.url === page?.url) here.referrer = page.referrer;
    else scroll?.restart();
    page = here;
    tell("page", { ...fields, properties: { ...here, ...fields, ...properties } }, more);
  }

  function viewed(): void {
    if (options.pages && page?.url !== location.href.split("#")[0]) view();
    parts.fill();
  }

  function leave(): void {
    const depth = scroll?.taken();
    if (depth && page) track("Page Scrolled", { depth });
    void queue.flush();
  }

  function track(event: string, properties: Json = {}, more?: CallOptions): void {
    tell("track", { event, properties }, more);
  }

  /** A no that was once a yes: what is stored is gone, then the server hears of it. */
  function withdraw(ids: Json, answers: Json, withdrawn: string[]): void {
    queue.clear();
    fresh = uuid();
    page = named = undefined;
    parts.empty();
    if (!ids.anonymousId) return;
    const batch = withdrawn.map((purpose) =>
      JSON.stringify(callOf("track", { event: "Consent Withdrawn", properties: { purpose } }, ids, answers)),
    );
    // Kept in memory alone: nothing of the visitor may lie in the browser any more.
    const say = async (ms: number) => {
      const answer = await send(batch);
      if (answer === "later" || answer.retryAfterMs) setTimeout(say, ms, ms * 2);
    };
    void say(2000);
  }

  function answer(said: Record<string, boolean>): void {
    if (saysNo()) return;
    const couldMeasure = mayMeasure();
    const { before, granted, withdrawn } = consent.take(said);
    const { answers, ...ids } = before;
    if (!mayMeasure()) {
      if (couldMeasure) withdraw(ids, { ...answers, ...said }, withdrawn);
    } else {
      if (!couldMeasure) {
        named?.();
        if (options.pages) view();
      }
      for (const purpose of granted) track("Consent Granted", { purpose });
      for (const purpose of withdrawn) track("Consent Withdrawn", { purpose });
      parts.empty();
      void queue.flush();
    }
    parts.fill();
  }

  function begin(): void {
    const { answers, ...ids } = kept.read();
    if (saysNo() && (answers || ids.anonymousId)) {
      // The browser says no since the last visit.
      const purposes = Object.keys(answers ?? { measure: true });
      kept.remove();
      withdraw(ids, Object.fromEntries(purposes.map((purpose) => [purpose, false])), purposes);
    }
    viewed();
    if (consent.isOpen()) parts.ask();
  }

  if (options.pages || scroll) watchPages(leave, () => setTimeout(viewed, titleMs));
  if (options.outbound) watchOutbound((url) => track("Outbound Link Clicked", { url }));
  if (options.forms) watchForms((form, fields) => track("Form Submitted", { form, fields }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => persisted && options.pages && view());
  // A page that is only fetched in advance is seen by nobody yet; one that still arrives has no places to fill.
  if ((document as Document & { prerendering?: boolean }).prerendering)
    document.addEventListener("prerenderingchange", begin, { once: true });
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else setTimeout(begin);

  return {
    /** `page(name)`, `page(category, name)`, each with properties after it. */
    page(...words: unknown[]): void {
      const names = words.filter((word) => typeof word === "string");
      const [properties, more] = words.filter((word) => typeof word === "object") as [Json?, CallOptions?];
      const name = names.pop();
      const [category] = names;
      view(properties, { ...(name && { name }), ...(category && { category }) }, more);
    },
    track,
    identify(user?: string | number | Json | null, traits: Json = {}, more?: CallOptions): void {
      if (typeof user === "object") {
        tell("identify", { traits: { ...user, ...traits } }, more);
        return;
      }
      const say = () => {
        const { userId } = kept.read();
        // Somebody else on the same browser is another visitor.
        if (userId && userId !== `${user}`) reset();
        kept.write({ ...visitor(), userId: `${user}` });
        tell("identify", { traits }, more);
      };
      if (mayMeasure()) say();
      else if (!saysNo()) named = say;
    },
    group(groupId: string, traits: Json = {}, more?: CallOptions): void {
      tell("group", { groupId, traits }, more);
    },
    alias(userId: string, previousId?: string, more?: CallOptions): void {
      if (!mayMeasure()) return;
      const before = visitor();
      tell("alias", { userId, previousId: previousId ?? before.userId ?? before.anonymousId }, more);
    },
    /** Somebody else uses this browser now; what was answered stands. */
    reset(): void {
      named = undefined;
      reset();
    },
    /** Takes answers of the brand's own consent tool; without any it opens the banner. */
    consent(said?: Record<string, boolean>): void {
      if (said) answer(said);
      else parts.ask();
    },
    /** Looks anew for slots, surveys and ways to the banner, where a page put them in later. */
    fill: () => parts.fill(),
  };
}
export type Client = ReturnType<typeof openClient>;
