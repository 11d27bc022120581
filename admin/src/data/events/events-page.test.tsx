import { act } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import type { DebuggedEvent } from "./event-stream.ts";
import EventsPage from "./events-page.tsx";

/** The browser's side of a stream that a test speaks for. */
class Stream extends EventTarget {
  static opened: Stream[] = [];
  readyState = 1;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    Stream.opened.push(this);
  }
  close() {
    this.readyState = 2;
  }
  tell(...events: Partial<DebuggedEvent>[]) {
    return act(async () => {
      for (const event of events)
        this.dispatchEvent(new MessageEvent("event", { data: JSON.stringify({ ...kept, ...event }) }));
    });
  }
}
const kept: DebuggedEvent = {
  id: 1,
  at: "2026-05-14T09:00:00Z",
  source: "Shop",
  type: "track",
  name: "Email Opened",
  outcome: "kept",
  customer: null,
  customerName: null,
  messageId: "m1",
  raw: { properties: { grams: "4,5" } },
  enriched: { channel: "email" },
  violations: [],
};
beforeEach(() => {
  Stream.opened = [];
  vi.stubGlobal("EventSource", Stream);
});
const answers = {
  "/api/me": {
    rights: ["data:read", "customers:read"],
    gardens: [],
    operator: { name: "Olga", language: "en" },
  },
  "/api/events/rejected": { items: [], events: 0, onlyCounted: 0 },
  "/api/events/drops": { items: [] },
};
const stream = () => Stream.opened.at(-1)!;
const press = (place: HTMLElement, name: string) =>
  act(async () => {
    const button = [...place.querySelectorAll("button")].find((one) => one.textContent?.trim() === name);
    if (!button) throw new Error(`There is no button ${name}.`);
    button.click();
  });

test("events and reasons are told in the reader's language, by their names and codes", async () => {
  const rejected = {
    id: 1,
    at: "2026-05-14T09:00:00Z",
    source: "Shop",
    messageId: null,
    code: "event.no_id",
    message: "Send a userId or an anonymousId.",
  };
  const place = await show(<EventsPage />, {
    language: "de",
    answers: {
      ...answers,
      "/api/events/rejected": {
        items: [rejected, { ...rejected, id: 2, code: "a.new_one" }],
        events: 1_234,
        onlyCounted: 34,
      },
    },
  });
  await settled();
  await stream().tell({}, { id: 2, name: "Bean Roasted", outcome: "withdrawn" });
  const words = wordsOf(place);
  expect(words).toContain("E-Mail geöffnet");
  expect(words).toContain("Einwilligung widerrufen");
  // A name that the brand made up stays as it is, and so does a reason that nobody has put into words yet.
  expect(words).toContain("Bean Roasted");
  expect(words).toContain("Es fehlt eine userId oder anonymousId, die eine Person bezeichnet.");
  expect(words).toContain("Send a userId or an anonymousId.");
  expect(words).toContain("Von 1.234 in 30 Tagen sind 34 nur gezählt");
});

test("a busy hour is read in pages, the newest first, and never more than so many are held", async () => {
  const place = await show(<EventsPage />, { answers });
  await settled();
  await stream().tell(...Array.from({ length: 230 }, (_, at) => ({ id: at + 1, customer: `cus_${at + 1}` })));
  expect(place.querySelectorAll("table.dense tbody tr")).toHaveLength(20);
  expect(wordsOf(place)).toContain("1 to 20 of 200.");
  expect(place.querySelector("tbody a")?.textContent).toBe("cus_230");
});

test("one event is shown as it came and as it became, with what is wrong with it", async () => {
  const place = await show(<EventsPage />, { answers });
  await settled();
  await stream().tell(
    { violations: [{ path: "grams", reason: "amount", example: "4,5" }] },
    { id: 2, name: "Order Lost", outcome: "bot", enriched: null },
  );
  await press(place, "Opened an e-mail");
  expect(wordsOf(place)).toContain('"grams": "4,5"');
  expect(wordsOf(place)).toContain('"channel": "email"');
  expect(wordsOf(place)).toContain("grams is no amount that can be read: write 12.50. It says 4,5.");
  await press(place, "Order Lost");
  expect(wordsOf(place)).toContain("Its user agent says that a program sent it.");
  expect(wordsOf(place)).toContain("Nothing was stored.");
});

test("pausing lets go of the stream, and going on begins after the last that was seen", async () => {
  const place = await show(<EventsPage />, { answers });
  await settled();
  await stream().tell({ id: 7 });
  await press(place, "Pause");
  expect(stream().readyState).toBe(2);
  expect(wordsOf(place)).toContain("paused");
  await press(place, "Go on");
  expect(Stream.opened).toHaveLength(2);
  expect(stream().url).toContain("after=7");
  await stream().tell({ id: 7 }, { id: 8 });
  expect(place.querySelectorAll("table.dense tbody tr")).toHaveLength(2);
});

test("an end of the session is said, and not asked past", async () => {
  const place = await show(<EventsPage />, { answers });
  await settled();
  await act(async () => void stream().dispatchEvent(new Event("over")));
  expect(wordsOf(place)).toContain("The server ended this view");
  expect(stream().readyState).toBe(2);
  expect(Stream.opened).toHaveLength(1);
});
