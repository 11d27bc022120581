import {
  IconAlertTriangle,
  IconClock,
  IconMail,
  IconPhone,
  IconShoppingCart,
  IconUsers,
} from "@tabler/icons-react";
import { useCallback } from "react";
import { useFormats } from "../../i18n/hooks.ts";
import { LinkButton } from "../button.tsx";
import { bandSeries, baseAxis, Chart, lineSeries, valueAxis } from "../chart.tsx";
import type { ChartTokens } from "../chart-tokens.ts";
import { Chip, Delta } from "../chip.tsx";
import { type Column, DataTable } from "../data-table.tsx";
import { type Estimate, Interval } from "../interval.tsx";
import { NumberLink } from "../number-link.tsx";
import { Grid, Page, Stack } from "../page.tsx";
import { Panel } from "../panel.tsx";
import { RondellFigure } from "../rondell-figure.tsx";
import { Alert, Feed } from "../timeline.tsx";
import { SampleFrame, sampleDays } from "./sample.tsx";
import { useSampleTexts } from "./texts.ts";

interface Change {
  id: "reminder" | "card" | "callback" | "box";
  effect: Estimate;
  treated: number;
  verdict: "helped" | "early" | "none";
}

const changes: Change[] = [
  {
    id: "reminder",
    effect: { value: 0.041, low: 0.005, high: 0.077, coreLow: 0.029, coreHigh: 0.053 },
    treated: 7310,
    verdict: "helped",
  },
  {
    id: "card",
    effect: { value: 0.032, low: 0.011, high: 0.054, coreLow: 0.025, coreHigh: 0.04 },
    treated: 1944,
    verdict: "helped",
  },
  {
    id: "callback",
    effect: { value: 0.02, low: -0.009, high: 0.049, coreLow: 0.01, coreHigh: 0.03 },
    treated: 1120,
    verdict: "early",
  },
  {
    id: "box",
    effect: { value: -0.003, low: -0.016, high: 0.01, coreLow: -0.007, coreHigh: 0.001 },
    treated: 4360,
    verdict: "none",
  },
];
const axis = { from: -0.03, to: 0.09, zero: 0 };

/** The loop page as it is meant to be, from invented figures. */
export default function LoopSample() {
  const f = useFormats();
  const s = useSampleTexts();
  const columns: Column<Change>[] = [
    {
      id: "change",
      head: s.change,
      lead: true,
      minWidth: 13,
      cell: (row) => (
        <span>
          <span className="t-name">{s[`${row.id}.name`]}</span>
          <span className="sub">{s[`${row.id}.sub`]}</span>
        </span>
      ),
    },
    {
      id: "effect",
      head: s.effect,
      minWidth: 9,
      cell: (row) => (
        <Interval estimate={row.effect} format={f.points} axis={axis} customers={{ change: row.id }} />
      ),
    },
    {
      id: "treated",
      head: s.treated,
      right: true,
      sortable: true,
      cell: (row) => <NumberLink customers={{ change: row.id }}>{f.number(row.treated)}</NumberLink>,
    },
    {
      id: "verdict",
      head: s.verdict,
      cell: (row) =>
        row.verdict === "helped" ? (
          <Chip tone="good">{s.helped}</Chip>
        ) : row.verdict === "early" ? (
          <Chip tone="watch">{s.early}</Chip>
        ) : (
          <Chip>{s.none}</Chip>
        ),
    },
  ];
  const now = Date.now();
  const ago = (ms: number) => new Date(now - ms).toISOString();

  return (
    <SampleFrame>
      <Page title={s.loop} reading={s.reading}>
        <RondellFigure
          stations={{
            experience: {
              days: sampleDays(7),
              headline: <NumberLink customers={{ touched: "28d" }}>{f.number(312_480)}</NumberLink>,
              label: s.expLabel,
              trend: <Delta change={1}>{f.percent(0.06, { signed: true })}</Delta>,
              note: s.expNote,
            },
            data: {
              days: sampleDays(11),
              headline: <NumberLink customers={{ consent: "collect" }}>{f.percent(0.712)}</NumberLink>,
              label: s.datLabel,
              trend: <Delta change={1}>{f.points(0.018)}</Delta>,
              note: s.datNote,
            },
            insight: {
              days: sampleDays(23),
              headline: <NumberLink customers={{ scored: "yes" }}>{f.number(40_711)}</NumberLink>,
              label: s.insLabel,
              trend: <Delta change={1}>{f.percent(0.02, { signed: true })}</Delta>,
              note: s.insNote,
            },
            offer: {
              days: sampleDays(31).map((value, day) => Math.max(0, value - day * 18)),
              headline: <NumberLink customers={{ accepted: "28d" }}>{f.number(3902)}</NumberLink>,
              label: s.offLabel,
              trend: <Delta change={-1}>{f.percent(-0.11, { signed: true })}</Delta>,
              note: s.offNote,
            },
          }}
          passages={{
            experience: { share: 0.71, days: 0.2 },
            data: { share: 0.84, days: 2 },
            insight: { share: 0.38, days: 14 },
            offer: { share: 0.91, days: 6 },
          }}
          stuck={{ after: "insight", label: s.stuck, target: { to: "/design" } }}
          heart={{
            kind: "effect",
            worth: {
              value: 18_200_000,
              low: 9_000_000,
              high: 27_500_000,
              coreLow: 14_900_000,
              coreHigh: 21_300_000,
            },
            customers: { arm: "treated" },
            turn: { days: { value: 23, low: 19, high: 29 } },
          }}
        />
        <Grid columns="2:1">
          <Stack>
            <Panel question={s.q1} reading={s.r1} how={[s.how1, s.how2]} flush>
              <DataTable label={s.q1} columns={columns} rows={changes} rowId={(row) => row.id} />
            </Panel>
            <Panel question={s.q2} reading={s.r2} how={[s.how3]}>
              <Worth />
            </Panel>
          </Stack>
          <Stack>
            <Panel question={s.q3}>
              <div>
                <Alert
                  tone="bad"
                  icon={IconAlertTriangle}
                  title={s.a1}
                  action={
                    <LinkButton kind="quiet" to="/design">
                      {s.a1do}
                    </LinkButton>
                  }
                >
                  {s.a1text}
                </Alert>
                <Alert
                  tone="warn"
                  icon={IconClock}
                  title={s.a2}
                  action={
                    <LinkButton kind="quiet" to="/design">
                      {s.a2do}
                    </LinkButton>
                  }
                >
                  {s.a2text}
                </Alert>
                <Alert tone="warn" icon={IconUsers} title={s.a3}>
                  {s.a3text}
                </Alert>
              </div>
            </Panel>
            <Panel question={s.q4}>
              <Feed
                label={s.q4}
                items={[
                  {
                    id: "1",
                    icon: IconShoppingCart,
                    at: ago(500),
                    text: (
                      <>
                        <b>Hannah B.</b> {s.f1}
                      </>
                    ),
                  },
                  {
                    id: "2",
                    icon: IconMail,
                    at: ago(11_000),
                    text: (
                      <>
                        <b>Rüdiger P.</b> {s.f2}
                      </>
                    ),
                  },
                  {
                    id: "3",
                    icon: IconPhone,
                    at: ago(26_000),
                    text: (
                      <>
                        <b>Aylin D.</b> {s.f3}
                      </>
                    ),
                  },
                ]}
              />
            </Panel>
          </Stack>
        </Grid>
      </Page>
    </SampleFrame>
  );
}

const weeks = Array.from({ length: 15 }, (_, index) => index + 6);
const worth = [0, 2, 9, 12, 24, 38, 41, 60, 79, 92, 110, 131, 150, 168, 182].map((value) => value * 100_000);

function Worth() {
  const f = useFormats();
  const s = useSampleTexts();
  const option = useCallback(
    (tokens: ChartTokens) => {
      const spread = worth.map((value, index) => 800_000 + value * 0.35 + index * 100_000);
      return {
        grid: { left: 56, right: 72, top: 12, bottom: 28 },
        tooltip: { trigger: "axis", valueFormatter: (value: number) => f.money(value, { compact: true }) },
        xAxis: baseAxis(tokens, { data: weeks.map((week) => `${s.week} ${week}`), boundaryGap: false }),
        yAxis: valueAxis(tokens, {
          axisLabel: { formatter: (value: number) => f.money(value, { compact: true }) },
        }),
        series: [
          ...bandSeries(tokens, {
            id: "band",
            low: worth.map((v, i) => v - (spread[i] ?? 0)),
            high: worth.map((v, i) => v + (spread[i] ?? 0)),
            color: tokens.color.c1,
          }),
          ...bandSeries(tokens, {
            id: "core",
            low: worth.map((v, i) => v - (spread[i] ?? 0) / 3),
            high: worth.map((v, i) => v + (spread[i] ?? 0) / 3),
            color: tokens.color.c1,
            core: true,
          }),
          {
            ...lineSeries({ id: "worth", data: worth, color: tokens.color.c1 }),
            endLabel: {
              show: true,
              formatter: f.money(18_200_000, { compact: true, signed: true }),
              color: tokens.color.ink,
              fontWeight: 600,
            },
          },
        ],
      };
    },
    [f, s],
  );
  return (
    <Chart
      title={s.r2text}
      option={option}
      height={230}
      table={{
        head: [s.week, s.effect],
        rows: weeks.map((week, index) => [String(week), f.money(worth[index] ?? 0, { compact: true })]),
      }}
    />
  );
}
