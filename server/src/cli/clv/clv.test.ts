import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { mbgNbd, Random, simulateCustomers } from "@rondell/models";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../../cli.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-clv-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs a command in this process and gives what it wrote. */
async function rondell(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += text;
    return true;
  });
  try {
    return { code: await run(["clv", ...args]), out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

/** What a failing command says to a program. */
async function failure(...args: string[]): Promise<{ code: string; message: string }> {
  const { code, out, err } = await rondell(...args, "--json");
  expect(out).toBe("");
  expect(code).toBeGreaterThan(0);
  return JSON.parse(err).error;
}

const truth = { r: 0.64, alpha: 7.3, a: 0.81, b: 1.23 };
const simulated = simulateCustomers({
  model: mbgNbd,
  parameters: truth,
  spend: { p: 6.25, q: 3.74, v: 15.44 },
  observedWeeks: Float64Array.from({ length: 1200 }, (_, i) => 30 + (i % 20)),
  laterWeeks: 26,
  wholeDays: true,
  random: new Random(31),
});
const summary = () =>
  `id,x,t_x,T,zbar,x_star,spend_star\n${simulated.meanSpend
    .reduce<string[]>((lines, zbar, i) => {
      const { repeats, lastWeek, observedWeeks } = simulated.histories;
      lines.push(
        [
          `c${i}`,
          repeats[i],
          lastWeek[i],
          observedWeeks[i],
          zbar,
          simulated.later[i],
          simulated.laterSpend[i],
        ].join(","),
      );
      return lines;
    }, [])
    .join("\n")}\n`;

test.each([
  ["bg-nbd", "r,alpha,a,b"],
  ["MBG/NBD", "r,alpha,a,b"],
  ["pareto-nbd", "r,alpha,s,beta"],
  ["nbd", "r,alpha"],
  ["mbg-cnbd-2", "r,alpha,a,b"],
])("%s is fitted, predicts every customer, and stands beside the baseline", async (model, names) => {
  const file = await fileOf("summary.csv", summary());
  const fitted = await rondell("fit", "--model", model, "--in", file, "--json");
  expect(fitted.err).toBe("");
  const fit = JSON.parse(fitted.out);
  expect(Object.keys(fit.params).join()).toBe(names);
  expect(Object.keys(fit.standardErrors).join()).toBe(names);
  expect(fit).toMatchObject({ converged: true, customers: 1200, spend: { model: "gamma-gamma" } });
  expect(Number.isFinite(fit.logLikelihood)).toBe(true);
  const params = await fileOf("params.json", fitted.out);
  const { out } = await rondell("predict", "--params", params, "--in", file, "--t", "26", "--json");
  const people = JSON.parse(out);
  expect(people).toHaveLength(1200);
  for (const [i, person] of people.entries()) {
    expect(person.id).toBe(`c${i}`);
    expect(person.probabilityAlive).toBeGreaterThanOrEqual(0);
    expect(person.probabilityAlive).toBeLessThanOrEqual(1);
    expect(person.expectedPurchases).toBeGreaterThanOrEqual(0);
    expect(person.expectedSpend).toBeGreaterThan(0);
    expect(person.residualValue).toBeGreaterThanOrEqual(0);
  }
  const tested = await rondell("backtest", "--model", model, "--in", file, "--t", "26", "--json");
  const report = JSON.parse(tested.out);
  const later = simulated.later.reduce((sum, one) => sum + one, 0);
  expect(report.accuracy.totalActual).toBe(later);
  expect(report.naive.totalActual).toBe(later);
  expect(report.calibration.map((row: { x: number }) => row.x)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(report.calibration.reduce((sum: number, row: { customers: number }) => sum + row.customers, 0)).toBe(
    1200,
  );
  const is = { mae: report.accuracy.mae < report.naive.mae, rmse: report.accuracy.rmse < report.naive.rmse };
  expect(report.better).toMatchObject(is);
});

test("with --intervals most customers do what their predictive interval says, and the expectation stays", async () => {
  const file = await fileOf("summary.csv", summary());
  const params = await fileOf(
    "truth.json",
    JSON.stringify({ model: "mbg-nbd", params: { ...truth, p: 6.25, q: 3.74, v: 15.44 } }),
  );
  const ask = ["predict", "--params", params, "--in", file, "--t", "26", "--json"];
  const plain = JSON.parse((await rondell(...ask)).out);
  expect(Object.keys(plain[0])).toEqual([
    ...["id", "probabilityAlive", "expectedPurchases", "expectedSpend", "residualValue"],
  ]);
  const people = JSON.parse((await rondell(...ask, "--intervals")).out);
  let bought = 0;
  let spent = 0;
  people.forEach((person: (typeof people)[number], i: number) => {
    const { purchasesInterval: purchases, spendInterval: spend, ...rest } = person;
    expect(rest).toEqual(plain[i]);
    expect(purchases).toMatchObject({ kind: "predictive", level: 0.95 });
    expect(spend).toMatchObject({ kind: "predictive", level: 0.95 });
    if (simulated.later[i]! >= purchases.low && simulated.later[i]! <= purchases.high) bought += 1;
    if (simulated.laterSpend[i]! >= spend.low && simulated.laterSpend[i]! <= spend.high) spent += 1;
  });
  expect(bought / people.length).toBeGreaterThan(0.93);
  expect(spent / people.length).toBeGreaterThan(0.93);
});

test("a person reads tables, and is told when a model is not better", async () => {
  const file = await fileOf("summary.csv", summary());
  const { out } = await rondell("fit", "--model", "bg-nbd", "--in", file);
  expect(out).toMatch(/parameter +value +standard error/);
  const back = await rondell("backtest", "--model", "mbg-nbd", "--in", file, "--t", "26");
  expect(back.out).toContain("own past rate");
  expect(back.out).toContain("mbg-nbd foresees better than each customer's own past rate");
  // Everybody goes on exactly at their own rate: no model can beat that baseline.
  const steady = `id,x,t_x,T,zbar,x_star\n${Array.from({ length: 200 }, (_, i) => `${i},${1 + (i % 9)},39,39,10,${1 + (i % 9)}`).join("\n")}`;
  const worse = await rondell(
    "backtest",
    "--model",
    "nbd",
    "--in",
    await fileOf("steady.csv", steady),
    "--t",
    "39",
    "--json",
  );
  const report = JSON.parse(worse.out);
  expect(report.better).toMatchObject({ mae: false, rmse: false });
  expect(report.verdict).toContain("not better");
});

test("a log of purchases gives what its summary gives, whatever its order, delimiter and compression", async () => {
  const log = ["customer_id;date;value"];
  const rows = ["id,x,t_x,T,zbar"];
  const random = new Random(4);
  for (let i = 0; i < 300; i++) {
    const days = [0];
    for (let day = random.integer(40); day < 180 && days.length < 9; day += 1 + random.integer(60)) {
      if (day > 0) days.push(day);
    }
    const value = 10 + random.integer(50);
    for (const day of days)
      log.push(`${i};${new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)};${value}`);
    const x = days.length - 1;
    rows.push(`${i},${x},${days.at(-1)! / 7},${180 / 7},${x > 0 ? value : 0}`);
  }
  const shuffled = [log[0]!, ...random.shuffled(log.slice(1))].join("\r\n");
  const raw = await fileOf("log.csv.gz", gzipSync(`\uFEFF${shuffled}`));
  const plain = await fileOf("plain.csv", rows.join("\n"));
  const fitLog = JSON.parse(
    (await rondell("fit", "--model", "pareto-nbd", "--in", raw, "--calibration-end", "2026-06-30", "--json"))
      .out,
  );
  const fitPlain = JSON.parse((await rondell("fit", "--model", "pareto-nbd", "--in", plain, "--json")).out);
  expect(fitLog.logLikelihood).toBeCloseTo(fitPlain.logLikelihood, 6);
  expect(fitLog.spend.logLikelihood).toBeCloseTo(fitPlain.spend.logLikelihood, 6);
  const regular = JSON.parse((await rondell("fit", "--model", "mbg-cnbd-k", "--in", raw, "--json")).out);
  expect(regular.model).toMatch(/^mbg-cnbd-\d+$/);
  const early = await failure("backtest", "--model", "nbd", "--in", raw, "--calibration-end", "2027-01-01");
  expect(early.code).toBe("holdout.empty");
  expect(
    (await failure("fit", "--model", "nbd", "--in", raw, "--calibration-end", "2025-01-01")).message,
  ).toContain("the first purchase is on 2026-01-01");
});

test("what cannot be is refused with what to do, and never becomes a number", async () => {
  const fit = async (content: string, ...more: string[]) =>
    failure("fit", "--model", "bg-nbd", "--in", await fileOf("wrong.csv", content), ...more);
  expect(await fit("")).toMatchObject({ code: "file.empty" });
  expect(await fit("id,x,t_x,T\n")).toMatchObject({ code: "file.no_rows" });
  const columns = await fit("id,x,T\n1,2,3\n");
  expect(columns.code).toBe("columns.missing");
  expect(columns.message).toContain("no column t_x; it has id, x, T");
  expect((await fit("who,x,t_x,T\n1,2,3,4\n")).message).toContain("--id NAME");
  for (const [row, words] of [
    ["1,2,30,20", "t_x is after T"],
    ["1,-2,3,20", "negative"],
    ["1,1.5,3,20", "not a whole number"],
    ["1,0,3,20", "t_x is above 0"],
    ["1,2,0,20", "t_x is 0"],
    ["1,2,,20", "t_x is empty"],
    ["1,2,late,20", "not a number"],
    ['1,2,"3,5",20', "write a point"],
    [",2,3,20", "no id"],
    ["0,2,3,20", "there twice"],
  ] as const) {
    const refused = await fit(`id,x,t_x,T\n0,1,2,3\n${row}\n`);
    expect(refused.code, row).toBe("rows.invalid");
    expect(refused.message, row).toContain(words);
    expect(refused.message, row).toContain("line 3");
    expect(refused.message).toContain("--skip-invalid");
  }
  expect((await fit("id,x,t_x,T,zbar\n1,2,3,20,-4\n")).message).toContain("zbar is -4");
  expect((await fit("customer_id,date,value\n1,2026-01-01,-5\n")).message).toContain("net refunds");
  expect((await fit("customer_id,date,value\n1,31.12.2026,5\n")).message).toContain("write it as 2026-11-29");
  expect((await fit("customer_id,date,value\n1,2026-02-30,5\n")).code).toBe("rows.invalid");
  const once = Array.from({ length: 50 }, (_, i) => `${i},0,0,20`).join("\n");
  expect(await fit(`id,x,t_x,T\n${once}\n`)).toMatchObject({ code: "no_repeat_buyers" });
  expect(await fit("id,x,t_x,T\n1,3,10,20\n")).toMatchObject({ code: "too_few_repeat_buyers" });
  expect(await fit("id,x,t_x,T\n1,0,0,0\n")).toMatchObject({ code: "no_time_observed" });
  expect((await fit("id,x,t_x,T\n1,3,10,20\n", "--calibration-end", "2026-01-01")).code).toBe(
    "calibration_end.no_dates",
  );
  expect(await failure("fit", "--model", "bg-nbd", "--in", join(dir, "gone.csv"))).toMatchObject({
    code: "file.unreadable",
  });
  const unknown = await rondell("fit", "--model", "oracle", "--in", "x.csv");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain("bg-nbd, mbg-nbd, pareto-nbd");
});

test("rows that cannot be are left out where that is wanted, and counted", async () => {
  const file = await fileOf("some.csv", `${summary()}bad,2,30,20,5,0,0\n`);
  const { out } = await rondell("fit", "--model", "bg-nbd", "--in", file, "--skip-invalid", "--json");
  const fit = JSON.parse(out);
  expect(fit.customers).toBe(1200);
  expect(fit.notes).toContain("1 rows that cannot be were left out.");
});

test("parameters that are none are refused by name", async () => {
  const file = await fileOf("summary.csv", summary());
  const predict = async (content: string) =>
    failure("predict", "--params", await fileOf("p.json", content), "--in", file, "--t", "26");
  expect((await predict("nonsense")).code).toBe("params.unreadable");
  expect((await predict("{}")).code).toBe("params.not_a_fit");
  expect((await predict('{"model":"x","params":{}}')).code).toBe("params.unknown_model");
  const negative = await predict('{"model":"bg-nbd","params":{"r":-1,"alpha":4,"a":1,"b":2}}');
  expect(negative.message).toContain("r of BG/NBD is -1");
  expect((await predict('{"model":"bg-nbd","params":{"r":1,"alpha":4,"a":1}}')).message).toContain(
    "b of BG/NBD is missing",
  );
  expect((await predict('{"model":"bg-nbd","params":{"r":1,"alpha":4,"a":1,"b":2,"p":-1}}')).code).toBe(
    "params.invalid",
  );
  expect((await predict('{"model":"sbg","params":{"alpha":1,"beta":4}}')).code).toBe("params.no_customers");
});

test("the worked example of the BG/NBD is predicted as published, with spend beside its parameters", async () => {
  // Fader, Hardie and Lee (2005), "Implementing the BG/NBD Model in Excel": 1.226 purchases in 39 weeks.
  const params = await fileOf(
    "published.json",
    '{"model":"BG/NBD","params":{"r":0.243,"alpha":4.414,"a":0.793,"b":2.426,"p":6.25,"q":3.74,"v":15.44}}',
  );
  const file = await fileOf("one.csv", "id,x,t_x,T,zbar\n1,2,30.43,38.86,22.35\n");
  const { out, err } = await rondell("predict", "--params", params, "--in", file, "--t", "39", "--json");
  expect(err).toBe("");
  const [one] = JSON.parse(out);
  expect(one.expectedPurchases).toBeCloseTo(1.226, 3);
  expect(one.expectedSpend).toBeCloseTo((6.25 * (15.44 + 2 * 22.35)) / (6.25 * 2 + 2.74), 9);
});

test("opportunities and contracts are fitted from counted files", async () => {
  const survivors = [1000, 869, 743, 653, 593, 551, 517, 491];
  const young = [500, 420, 350];
  const lines = survivors.map((count, year) => `${year},${count},${young[year] ?? ""}`);
  const contracts = await fileOf("contracts.csv", `year,old,young\n${lines.join("\n")}\n`);
  const one = JSON.parse(
    (await rondell("fit", "--model", "sbg", "--in", contracts, "--cohorts", "old", "--json")).out,
  );
  expect(one.params.alpha).toBeCloseTo(0.668, 3);
  expect(one.params.beta).toBeCloseTo(3.806, 3);
  const all = JSON.parse((await rondell("fit", "--model", "sbg", "--in", contracts, "--json")).out);
  expect(all.customers).toBe(1500);
  expect((await failure("fit", "--model", "sbg", "--in", contracts, "--cohorts", "none")).code).toBe(
    "columns.missing",
  );
  const impossible = await fileOf("back.csv", "year,a\n0,10\n1,12\n2,3\n");
  expect((await failure("fit", "--model", "sbg", "--in", impossible)).message).toContain(
    "more than the 10 before",
  );
  const donors = await fileOf(
    "donors.csv",
    "x,t_x,n,customers\n0,0,6,3464\n1,1,6,1091\n2,4,6,500\n3,6,6,480\n6,6,6,1203\n",
  );
  const fit = JSON.parse((await rondell("fit", "--model", "bg-bb", "--in", donors, "--json")).out);
  expect(fit.customers).toBe(6738);
  const params = await fileOf("bgbb.json", JSON.stringify(fit));
  const ahead = JSON.parse(
    (await rondell("predict", "--params", params, "--in", donors, "--t", "5", "--json")).out,
  );
  expect(ahead).toHaveLength(5);
  expect(ahead[4].expectedPurchases).toBeGreaterThan(ahead[0].expectedPurchases);
});

const golden = fileURLToPath(new URL("../../../../../shared/data/clv/", import.meta.url));
const present = existsSync(`${golden}golden_fits.json`);
if (!present) console.warn(`Skipped: the golden numbers are not at ${golden}`);

describe.skipIf(!present)("golden numbers", () => {
  test("the whole CDNOW cohort is read from its compressed log, fitted and held against the holdout", async () => {
    const file = `${golden}cdnow_master_transactions.csv.gz`;
    const { out } = await rondell(
      "backtest",
      "--model",
      "pareto-nbd",
      "--in",
      file,
      "--calibration-end",
      "1997-09-30",
      "--json",
    );
    const report = JSON.parse(out);
    expect(report.customers).toBe(23_570);
    expect(report.better).toEqual({ mae: true, rmse: true, totalBias: true });
    expect(report.accuracy.totalBias).toBeLessThan(-0.1);
  });

  test("predictions at fixed parameters are those of the golden customers", async () => {
    const people = JSON.parse(await readFile(`${golden}golden_customers_cdnow.json`, "utf8"));
    const params = await fileOf(
      "golden.json",
      JSON.stringify({
        model: "pareto-nbd",
        params: people.parameters.pareto_nbd,
        spend: { params: people.parameters.gamma_gamma },
      }),
    );
    const { out } = await rondell(
      ...["predict", "--params", params, "--in", `${golden}cdnow_sample_cbs.csv`, "--id", "sample_id"],
      ...["--t", "39", "--json"],
    );
    const ours = new Map(JSON.parse(out).map((row: { id: string }) => [row.id, row]));
    for (const { id, pareto_nbd, gamma_gamma, clv_pareto_dert_x_spend } of people.customers) {
      const row = ours.get(String(id)) as Record<string, number>;
      expect(row.probabilityAlive! / pareto_nbd.p_alive).toBeCloseTo(1, 9);
      expect(row.expectedPurchases! / pareto_nbd.expected_purchases[39]).toBeCloseTo(1, 9);
      expect(row.expectedSpend! / gamma_gamma.expected_spend).toBeCloseTo(1, 9);
      expect(row.residualValue! / clv_pareto_dert_x_spend).toBeCloseTo(1, 9);
    }
  });
});
