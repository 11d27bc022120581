import { expect, test } from "vitest";
import { csvCell, csvLines } from "./csv.ts";

test("a cell is quoted where it must be, and never a formula", () => {
  expect(csvCell("Ada")).toBe("Ada");
  expect(csvCell('Ada "the first", Lovelace')).toBe('"Ada ""the first"", Lovelace"');
  expect(csvCell("=HYPERLINK(1)")).toBe("'=HYPERLINK(1)");
  expect(csvCell("@cmd")).toBe("'@cmd");
  expect(csvCell("-12.50")).toBe("-12.50");
  expect(csvCell(" a ")).toBe('" a "');
  expect(
    csvLines([
      ["a", 1],
      ["b", -2],
    ]),
  ).toBe("a,1\r\nb,-2\r\n");
});

test("no cell is run by a spreadsheet, and numbers stay numbers", () => {
  expect(
    ["=1+1", "+49 30", "-5", "-5,50", "@x", "\tx", "\rx", "\nx", "＝1", 'a "b"', "a,b", "plain"].map(csvCell),
  ).toEqual([
    "'=1+1",
    "'+49 30",
    "-5",
    '"-5,50"',
    "'@x",
    "'\tx",
    '"\'\rx"',
    '"\'\nx"',
    "'＝1",
    '"a ""b"""',
    '"a,b"',
    "plain",
  ]);
});

test("whoever reads semicolons or tabs as the ends of cells meets no formula either", () => {
  expect(["a;=1+1", 'a;"=1+1', "a\t@x", "a\n-b", "Cup; -20 %", "a;b=c", "1;2"].map(csvCell)).toEqual([
    "a;'=1+1",
    '"a;""\'=1+1"',
    "a\t'@x",
    '"a\n\'-b"',
    "Cup; -20 %",
    "a;b=c",
    "1;2",
  ]);
});
