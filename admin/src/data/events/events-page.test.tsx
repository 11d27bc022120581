import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import EventsPage from "./events-page.tsx";

test("events and reasons are told in the reader's language, by their names and codes", async () => {
  const live = {
    outcome: "kept",
    at: "2026-05-14T09:00:00Z",
    happenedAt: null,
    name: "Email Opened",
    source: "Shop",
    customer: null,
    channel: "email",
  };
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
      "/api/events/live": { items: [live, { ...live, name: "Bean Roasted" }] },
      "/api/events/rejected": {
        items: [rejected, { ...rejected, id: 2, code: "a.new_one" }],
        events: 1_234,
        onlyCounted: 34,
      },
      "/api/events/drops": { items: [] },
    },
  });
  await settled();
  const words = wordsOf(place);
  expect(words).toContain("E-Mail geöffnet");
  // A name that the brand made up stays as it is, and so does a reason that nobody has put into words yet.
  expect(words).toContain("Bean Roasted");
  expect(words).toContain("Es fehlt eine userId oder anonymousId, die eine Person bezeichnet.");
  expect(words).toContain("Send a userId or an anonymousId.");
  expect(words).toContain("Von 1.234 in 30 Tagen sind 34 nur gezählt");
});

test("a busy hour is read in pages, the newest first, and lines without a channel say nothing of it", async () => {
  const items = Array.from({ length: 45 }, (_, at) => ({
    outcome: "kept",
    at: `2026-05-14T09:${String(59 - at).padStart(2, "0")}:00Z`,
    happenedAt: null,
    name: "Offer Decided",
    source: "Shop",
    customer: `cus_${at}`,
    channel: at % 2 ? "email" : null,
  }));
  const place = await show(<EventsPage />, {
    answers: {
      "/api/events/live": { items },
      "/api/events/rejected": { items: [], events: 0, onlyCounted: 0 },
      "/api/events/drops": { items: [] },
    },
  });
  await settled();
  expect(place.querySelectorAll("table.dense tbody tr")).toHaveLength(20);
  expect(place.querySelectorAll("td.nothing")).toHaveLength(10);
  expect(wordsOf(place)).toContain("1 to 20 of 45.");
  expect(place.querySelector("tbody a")?.textContent).toBe("cus_0");
});
