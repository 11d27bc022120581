import { ApiError } from "@rondell/api-client";
import { useState } from "react";
import { expect, onTestFinished, test, vi } from "vitest";
import { formatsFor } from "../i18n/format.ts";
import { Button } from "./button.tsx";
import { type Column, DataTable, type Sort, usePages } from "./data-table.tsx";
import { axisAround, bare, crosses, Interval, stripTone } from "./interval.tsx";
import { NumberLink } from "./number-link.tsx";
import { Panel, stateOf } from "./panel.tsx";
import { RondellFigure } from "./rondell-figure.tsx";
import { press, show, wordsOf } from "./testing.tsx";

const en = formatsFor("en", { currency: "EUR", timeZone: "UTC" });

test("an estimate is shown with its interval in words and as a strip", async () => {
  const place = await show(
    <Interval
      estimate={{ value: 0.041, low: 0.005, high: 0.077 }}
      format={en.points}
      axis={{ from: -0.1, to: 0.1, zero: 0 }}
    />,
  );
  expect(wordsOf(place)).toContain("+4.1 pts");
  expect(place.textContent).toContain("0.5 to 7.7");
  expect(place.querySelector("svg")?.getAttribute("aria-label")).toBe("0.5 to 7.7");
  expect(place.querySelector("svg")?.classList.contains("k1")).toBe(true);
});

test("a strip is grey while it crosses zero, and red where the effect is unwanted", () => {
  const axis = { from: -1, to: 1, zero: 0 };
  expect(stripTone({ value: 0.1, low: -0.1, high: 0.3 }, axis, true)).toBe("kr");
  expect(stripTone({ value: 0.2, low: 0.1, high: 0.3 }, axis, true)).toBe("k1");
  expect(stripTone({ value: 0.2, low: 0.1, high: 0.3 }, axis, false)).toBe("kb");
  expect(stripTone({ value: -0.2, low: -0.3, high: -0.1 }, axis, true)).toBe("kb");
  expect(crosses({ value: 0.1, low: 0, high: 0.3 }, 0)).toBe(true);
});

test("an axis around estimates holds all of them and zero", () => {
  const axis = axisAround([{ value: 5, low: 2, high: 8 }], 0);
  expect(axis.from).toBeLessThan(0);
  expect(axis.to).toBeGreaterThan(8);
  const single = axisAround([{ value: 3, low: 3, high: 3 }]);
  expect(single.to).toBeGreaterThan(single.from);
});

test("the ends of an interval leave out the unit that its number has", () => {
  expect(bare("+4.1\u00a0pts")).toBe("4.1");
  expect(bare("−€0.70")).toBe("−0.70");
  expect(bare("1.284,50\u00a0€")).toBe("1.284,50");
  expect(bare("€90k")).toBe("90k");
});

test("a number leads to its customers with the rule filled in, and says where one came from", async () => {
  const place = await show(
    <NumberLink customers={{ stage: "loyal" }} from="Who is loyal?">
      1,284
    </NumberLink>,
  );
  const link = place.querySelector("a");
  expect(link?.className).toContain("n");
  expect(link?.getAttribute("href")).toBe("/customers?stage=loyal&from=Who+is+loyal%3F");
  expect(link?.title).toBe("Show the customers behind this number");
});

test("a panel is named by its question and shows reading, figure and method when it is ready", async () => {
  const place = await show(
    <Panel question="How is it?" reading="It is fine." how={["Counted in full."]}>
      <svg aria-hidden="true" />
    </Panel>,
  );
  const panel = place.querySelector("section");
  expect(document.getElementById(panel?.getAttribute("aria-labelledby") ?? "")?.textContent).toBe(
    "How is it?",
  );
  expect(panel?.textContent).toContain("It is fine.");
  expect(panel?.querySelector(".how")?.textContent).toBe("Counted in full.");
});

test("a query puts its panel into the state it is in", async () => {
  const refetch = vi.fn();
  const query = (part: object) =>
    ({ data: undefined, error: null, isPending: true, refetch, ...part }) as never;
  expect(stateOf(query({})).kind).toBe("loading");
  expect(stateOf(query({ data: [1] })).kind).toBe("ready");
  expect(stateOf(query({ data: [] }), { empty: () => "Nothing yet" })).toEqual({
    kind: "empty",
    content: "Nothing yet",
  });
  expect(stateOf(query({ error: new ApiError("role.denied", "No.", 403) })).kind).toBe("noAccess");
  const place = await show(
    <Panel
      question="Q"
      reading="Not shown"
      state={stateOf(query({ error: new ApiError("store.timeout", "It took too long.", 503) }))}
    />,
    { language: "de" },
  );
  expect(place.querySelector("[role=alert]")?.textContent).toContain("It took too long.");
  expect(place.textContent).toContain("store.timeout");
  expect(place.textContent).not.toContain("Not shown");
  await press(place.querySelector("button"));
  expect(refetch).toHaveBeenCalledOnce();
});

test("a button that cannot be pressed stays reachable and does nothing", async () => {
  const run = vi.fn();
  const place = await show(
    <Button onClick={run} disabledReason="Not before the import has ended.">
      Go
    </Button>,
  );
  const button = place.querySelector("button");
  expect(button?.getAttribute("aria-disabled")).toBe("true");
  expect(button?.disabled).toBe(false);
  await press(button);
  expect(run).not.toHaveBeenCalled();
});

interface Row {
  id: string;
  name: string;
  orders: number;
}

const rows: Row[] = [
  { id: "a", name: "Ada", orders: 3 },
  { id: "b", name: "Ben", orders: 1 },
];
const columns: Column<Row>[] = [
  { id: "name", head: "Name", lead: true, sortable: true, cell: (row) => row.name },
  { id: "orders", head: "Orders", right: true, sortable: true, cell: (row) => row.orders },
];

test("a table names each cell for its card, sorts at its heads, and lets rows be chosen", async () => {
  const sorts: Sort[] = [];
  function Sample() {
    const [chosen, setChosen] = useState<string[]>([]);
    return (
      <DataTable
        label="Customers"
        columns={columns}
        rows={rows}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        sort={{ by: "orders", descending: true }}
        onSort={(sort) => sorts.push(sort)}
        chosen={chosen}
        onChoose={setChosen}
        bulk={(ids) => <span id="bulk">{ids.join(",")}</span>}
        paging={{ page: 0, pageSize: 2, total: 1286, onPage: () => {} }}
      />
    );
  }
  const place = await show(<Sample />);
  expect(
    [...place.querySelectorAll("tbody tr:first-child td[data-h]")].map((cell) => cell.getAttribute("data-h")),
  ).toEqual(["Name", "Orders"]);
  expect(place.querySelector("th[aria-sort]")?.getAttribute("aria-sort")).toBe("descending");
  const [byName, byOrders] = place.querySelectorAll(".sort");
  await press(byName);
  await press(byOrders);
  expect(sorts).toEqual([
    { by: "name", descending: false },
    { by: "orders", descending: false },
  ]);
  await press(place.querySelector('input[aria-label="Choose Ben"]'));
  expect(place.querySelector("#bulk")?.textContent).toBe("b");
  await press(place.querySelector('input[aria-label="Choose all on this page"]'));
  expect(place.querySelector("#bulk")?.textContent).toBe("b,a");
  expect(place.textContent).toContain("1 to 2 of 1,286.");
});

test("a long list shows some rows at a time, and on a phone its cells need no heading and no dash", async () => {
  const many = Array.from({ length: 23 }, (_, at) => ({ id: `${at}`, name: `Row ${at}`, orders: at }));
  function Sample({ rows }: { rows: Row[] }) {
    const pages = usePages(rows);
    return (
      <DataTable
        label="Customers"
        dense
        columns={[
          ...columns,
          { id: "channel", head: "Channel", plain: true, cell: (row) => (row.orders ? "web" : "–") },
        ]}
        rows={pages.rows}
        paging={pages.paging}
        rowId={(row) => row.id}
      />
    );
  }
  const place = await show(<Sample rows={many} />);
  const names = () => [...place.querySelectorAll("td.lead")].map((cell) => cell.textContent);
  expect(names()).toHaveLength(20);
  expect(place.textContent).toContain("1 to 20 of 23.");
  expect(place.querySelector("table.dense td.plain.nothing")?.textContent).toBe("–");
  expect(place.querySelectorAll("td.nothing")).toHaveLength(1);
  await press([...place.querySelectorAll("nav button")].at(-1));
  expect(names()).toEqual(["Row 20", "Row 21", "Row 22"]);
  // A list that fits has no pages.
  expect((await show(<Sample rows={many.slice(0, 3)} />)).querySelector("nav")).toBeNull();
});

test("the loop says in one sentence what gets through and where it is stuck, also when little is known", async () => {
  // No layout happens here, so the figure's width must come from somewhere.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      readonly tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.tell = tell;
      }
      observe(target: Element) {
        this.tell(
          [{ target, contentRect: { width: 490, height: 490 } } as ResizeObserverEntry],
          this as never,
        );
      }
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("requestAnimationFrame", (run: FrameRequestCallback) => {
    run(0);
    return 0;
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  const station = { days: [1, 2, 3], headline: "3", label: "things" };
  const place = await show(
    <RondellFigure
      stations={{ experience: station, data: station, insight: station, offer: station }}
      passages={{
        experience: { share: 0.71, days: 0.2 },
        data: { share: 0.84, days: 1 },
        insight: { share: 0.38, days: 14 },
        offer: { share: null, days: null },
      }}
      stuck={{ after: "insight", label: "Stuck: 61 waiting", target: { to: "/insights" } }}
      heart={{ kind: "waiting", title: "Too early", text: "Known around 2 June." }}
    />,
  );
  const figure = (place.querySelector("svg.ron")?.getAttribute("aria-label") ?? "").replace(/\u00a0/g, " ");
  expect(figure).toContain("From Experience to Data: 71 % get through, in 0.2 days.");
  expect(figure).toContain("in 1 day.");
  expect(figure).toContain("From Insight to Offer: 38 % get through, in 14 days. This is where it is stuck.");
  expect(figure).toContain("From Offer to Experience: not known yet.");
  expect(place.querySelector(".heart")?.textContent).toContain("Too early");
  // What is stuck behind insight waits before the offer, and is told there.
  expect(place.querySelector(".station.off .stuck")?.getAttribute("href")).toBe("/insights");
});
