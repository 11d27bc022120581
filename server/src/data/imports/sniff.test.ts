import { describe, expect, test } from "vitest";
import { judgeRecord, withDelimiter } from "./sift.ts";
import { kindOf, sniff } from "./sniff.ts";

describe("what a column looks like", () => {
  test.each([
    [["2011-03-01", "2011/3/1 8:05", "2011-03-01T08:05:00.123Z"], { type: "date", dates: "iso" }],
    [["1.3.2011", "01.03.2011 8:05"], { type: "date", dates: "dmy" }],
    [["13/02/2011", "01/02/2011"], { type: "date", dates: "dmy" }],
    [["12/1/2010 8:26", "12/13/2010 8:26"], { type: "date", dates: "mdy" }],
    [["01/02/2011"], { type: "date", dates: "ambiguous" }],
    [["13/02/2011", "02/13/2011"], { type: "date", dates: "mixed" }],
    [["2011-03-01", "1.3.2011"], { type: "date", dates: "mixed" }],
    [["17850.0", "15240.0"], { type: "decimal" }],
    [["1.234,50", "-2"], { type: "decimal" }],
    [["20110301", "7"], { type: "integer" }],
    [["", " "], { type: "empty" }],
    [["A1", "7"], { type: "text" }],
  ])("%j", (values, kind) => {
    expect(kindOf(values)).toEqual(kind);
  });
});

describe("how a file is written", () => {
  test("the delimiter is the one that divides lines evenly, not the one that is most frequent", () => {
    const text = 'name;note\n"a, b, c";x\nd;"e, f, g, h"\n';
    expect(sniff(Buffer.from(text), "f.csv")).toMatchObject({
      delimiter: ";",
      header: ["name", "note"],
      rows: [
        ["a, b, c", "x"],
        ["d", "e, f, g, h"],
      ],
    });
  });

  test("a character that the end of the head cuts in two does not make it Windows-1252", () => {
    const head = Buffer.from("a,b\nKü,1\nKü,2\nKü");
    expect(sniff(head.subarray(0, head.length - 1), "f.csv").encoding).toBe("utf-8");
    expect(sniff(Buffer.from("a,b\nKü,1\n", "latin1"), "f.csv")).toMatchObject({
      encoding: "windows-1252",
      rows: [["Kü", "1"]],
    });
  });
});

describe("quotation marks", () => {
  test.each([
    ['a,"b ""c"" d",e', { state: "whole", columns: 3 }],
    ['a,b"c,d', { state: "whole", columns: 3 }],
    ['a,"b\nc",d', { state: "whole", columns: 3 }],
    ['a,"b', { state: "open" }],
    ['a,"b"c,d', { state: "broken" }],
    ["a,,", { state: "whole", columns: 3 }],
    ['"",""', { state: "whole", columns: 2 }],
  ])("%j", (text, verdict) => {
    expect(judgeRecord(text, ",")).toEqual(verdict);
  });

  test("another delimiter leaves what stands in quotes", () => {
    expect(withDelimiter('a\t"b\tc"\td', "\t", "|")).toBe('a|"b\tc"|d');
  });
});
