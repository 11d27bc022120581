import { expect, test } from "vitest";
import { formatsFor, minorUnits } from "./format.ts";

const en = formatsFor("en", { currency: "EUR", timeZone: "Europe/Berlin" });
const de = formatsFor("de", { currency: "EUR", timeZone: "Europe/Berlin" });
const S = "\u00a0";

test("a number has its language's separators and a true minus sign", () => {
  expect(en.number(312_480)).toBe("312,480");
  expect(de.number(312_480)).toBe("312.480");
  expect(en.number(-4.1)).toBe("−4.1");
  expect(en.number(4.1, { signed: true })).toBe("+4.1");
  expect(en.number(0, { signed: true })).toBe("0");
  expect(de.number(0.5, { digits: 2 })).toBe("0,50");
});

test("a share is a per cent with a no-break space, and a difference of shares is in points", () => {
  expect(en.percent(0.712)).toBe(`71.2${S}%`);
  expect(de.percent(0.712)).toBe(`71,2${S}%`);
  expect(en.percent(0.07)).toBe(`7${S}%`);
  expect(en.points(-0.041)).toBe(`−4.1${S}pts`);
  expect(de.points(0.041)).toBe(`+4,1${S}Pkt.`);
});

test("money is given in minor units and shown with its currency's decimals", () => {
  expect(en.money(128_450)).toBe("€1,284.50");
  expect(de.money(128_450)).toBe(`1.284,50${S}€`);
  expect(en.money(-128_450)).toBe("−€1,284.50");
  expect(en.money(110, { signed: true })).toBe("+€1.10");
  expect(en.money(1284, { currency: "JPY" })).toBe("JP¥1,284");
  expect(de.money(1_284_500, { currency: "KWD" })).toBe(`1.284,500${S}KWD`);
  expect(en.money(128_450, { whole: true })).toBe("€1,285");
});

test("decimals follow ISO 4217 where CLDR says otherwise", () => {
  expect([
    minorUnits("EUR"),
    minorUnits("JPY"),
    minorUnits("IQD"),
    minorUnits("AFN"),
    minorUnits("CLF"),
  ]).toEqual([2, 0, 3, 2, 4]);
});

test("large money is short in both languages", () => {
  expect(en.scientific(3.8e-8)).toBe(`3.8${S}×${S}10⁻⁸`);
  expect(de.scientific(1.25e12)).toBe(`1,3${S}×${S}10¹²`);
  expect(en.money(18_200_000, { compact: true, signed: true })).toBe("+€182k");
  expect(de.money(18_200_000, { compact: true, signed: true })).toBe(`+182${S}T€`);
  expect(en.money(417_000_000, { compact: true })).toBe("€4.17m");
  expect(de.money(417_000_000, { compact: true })).toBe(`4,17${S}Mio. €`);
  expect(en.money(99_960_000, { compact: true })).toBe("€1m");
  expect(en.money(8_600, { compact: true })).toBe("€86");
});

test("an interval says a trailing unit once, and a leading one twice", () => {
  expect(en.interval("90", "275")).toBe("90 to 275");
  expect(de.interval("90", "275")).toBe("90 bis 275");
  expect(en.interval(en.percent(0.94), en.percent(0.99))).toBe(`94 to 99${S}%`);
  expect(en.interval(en.money(9_000_000, { compact: true }), en.money(27_500_000, { compact: true }))).toBe(
    "€90k to €275k",
  );
  expect(de.interval(de.money(9_000_000, { compact: true }), de.money(27_500_000, { compact: true }))).toBe(
    `90 bis 275${S}T€`,
  );
});

test("dates and times are in the garden's zone, with the year where it is needed", () => {
  const lateEvening = "2020-05-13T22:30:00Z";
  expect(en.date(lateEvening)).toBe("14 May 2020");
  expect(de.date(lateEvening)).toBe("14. Mai 2020");
  expect(en.date(lateEvening, { year: false, weekday: true })).toBe("Thursday, 14 May");
  expect(en.time(lateEvening)).toBe("00:30");
  expect(en.date(new Date())).not.toMatch(/\d{4}/);
});

test("a day's heading says today and yesterday", () => {
  const now = "2026-05-14T10:00:00Z";
  expect(en.day("2026-05-14T07:12:00Z", now)).toMatch(/^Today, 14 May/);
  expect(de.day("2026-05-13T07:12:00Z", now)).toMatch(/^Gestern, 13\. Mai/);
  expect(en.day("2026-05-11T07:12:00Z", now)).toMatch(/^Monday, 11 May/);
});

test("time gone by is said in one unit", () => {
  const now = Date.parse("2026-05-14T10:00:00Z");
  expect(en.ago(now - 500, now)).toBe("now");
  expect(en.ago(now - 26_000, now)).toBe("26 s");
  expect(en.ago(now - 2 * 3_600_000, now)).toBe("2 h");
  expect(de.ago(now - 3 * 86_400_000, now)).toBe("3 Tage");
});
