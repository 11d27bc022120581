import { useTranslation } from "react-i18next";
import { expect, test } from "vitest";
import { show, wordsOf } from "../../design/testing.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Turning } from "./queries.ts";
import { passageViews, stationViews } from "./stations.tsx";

const station = (more: Partial<Turning["stations"][number]>): Turning["stations"][number] => ({
  station: "experience",
  unit: "touchpoints",
  value: 1581,
  missing: null,
  of: 990,
  previous: 1706,
  days: [1, 2, 3],
  note: null,
  noteFilter: null,
  customersFilter: { filter: "loop_touched", value: "a,b" },
  ofFilter: { filter: "loop_touched", value: "a,b" },
  ...more,
});

const turn: Turning = {
  state: "turning",
  from: "2026-05-01T00:00:00Z",
  to: "2026-05-28T12:00:00Z",
  anchor: "now",
  stations: [
    station({}),
    station({
      station: "data",
      unit: "share",
      value: 0.712,
      of: null,
      previous: 0.694,
      note: { code: "stopped", events: 640, share: 0.288 },
    }),
    station({
      station: "insight",
      unit: "customers",
      value: null,
      missing: "no_insight",
      of: null,
      previous: null,
      customersFilter: null,
    }),
    station({
      station: "offer",
      unit: "offers",
      value: 19,
      of: 50,
      previous: 22,
      ofFilter: { filter: "offer_stage", value: "made,a,b" },
      note: { code: "held_back", customers: 5 },
      noteFilter: { filter: "offer_stage", value: "held_back,a,b" },
    }),
  ],
  passages: [
    {
      after: "experience",
      share: 0.712,
      missing: null,
      base: 2221,
      passed: 1581,
      days: { value: 0.2, low: 0.1, high: 0.3 },
      passedFilter: { filter: "loop_touched", value: "a,b" },
      waitingFilter: null,
    },
    {
      after: "data",
      share: null,
      missing: "no_insight",
      base: 0,
      passed: 0,
      days: null,
      passedFilter: null,
      waitingFilter: null,
    },
  ] as Turning["passages"],
  stuckAfter: null,
  turn: null,
  effect: { state: "no_decision" },
  nps: { answers: 0, promoters: 0, passives: 0, detractors: 0, estimate: null },
  needs: [],
};

function Words() {
  const { t } = useTranslation("turn");
  const f = useFormats();
  const views = stationViews(turn, t, f);
  return Object.entries(views).map(([name, view]) => (
    <section key={name} id={name}>
      {view.headline} | {view.label} | {view.trend} | {view.note}
    </section>
  ));
}

test("a number leads to its customers, and is told against the days before", async () => {
  const page = await show(<Words />);
  const experience = page.querySelector("#experience");
  expect(wordsOf(experience)).toContain("1,581 | touchpoints by 990 customers | −7 %");
  expect(experience?.querySelector("a")?.getAttribute("href")).toContain("filter=loop_touched");
  expect(wordsOf(page.querySelector("#data"))).toContain("71.2 %");
  expect(wordsOf(page.querySelector("#data"))).toContain("+1.8 pts");
  expect(wordsOf(page.querySelector("#offer"))).toContain("19 | offers accepted, of 50 made");
});

test("where there is no number, the reason stands in its place", async () => {
  const page = await show(<Words />, { language: "de" });
  expect(wordsOf(page.querySelector("#insight"))).toContain("– | Erkenntnisse wurden noch nicht gerechnet.");
  expect(page.querySelector("#insight a")).toBeNull();
});

test("the customers within a sentence stand behind their number", async () => {
  const page = await show(<Words />);
  const hrefs = (name: string) =>
    [...page.querySelectorAll(`#${name} a`)].map((link) =>
      decodeURIComponent(link.getAttribute("href") ?? ""),
    );
  expect(hrefs("experience")[1]).toContain("filter=loop_touched");
  expect(hrefs("offer").at(-1)).toContain("value=held_back,a,b");
});

test("an unknown passage has neither share nor days, and a known one opens who got through", () => {
  const t = ((key: string) => key) as unknown as Parameters<typeof passageViews>[1];
  expect(passageViews(turn, t).experience.target?.search).toMatchObject({ filter: "loop_touched" });
  expect(passageViews(turn, t).data.target).toBeUndefined();
  expect(passageViews(turn, t)).toMatchObject({
    experience: { share: 0.712, days: 0.2 },
    data: { share: null, days: null },
  });
});
