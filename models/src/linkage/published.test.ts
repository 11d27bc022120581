import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findDuplicates } from "./find-duplicates.ts";
import { measured } from "./measured.ts";

/**
 * Sets with a known truth that others publish. They lie beside the project and are not part of it: where they are
 * absent these tests are skipped, and `find-duplicates.test.ts` holds the same promises on made-up people.
 */
const data = join(import.meta.dirname, "../../../../shared/data");
const isAbsent = !existsSync(join(data, "identity-febrl")) || !existsSync(join(data, "identity-splink"));
if (isAbsent) console.warn(`${data} has no identity-febrl or no identity-splink: their tests are skipped.`);

function rowsOf(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(join(data, path), "utf8").trim().split(/\r?\n/);
  const names = head!.split(",");
  return lines.map((line) =>
    Object.fromEntries(line.split(",").map((value, i) => [names[i]!, value.trim()])),
  );
}

const told = (of: ReturnType<typeof measured>) =>
  Object.entries(of)
    .map(
      ([name, { pairs, precision, recall, f1 }]) =>
        `${name}: ${pairs} pairs, precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, F1 ${f1.toFixed(4)}`,
    )
    .join("\n");

test.skipIf(isAbsent)("Febrl, data set 3: 5,000 records of 2,000 people", () => {
  const rows = rowsOf("identity-febrl/dataset3.csv");
  // Neither the record's name nor the number of the social security is read.
  const found = findDuplicates(
    rows.map((row, id) => ({
      id,
      givenName: row.given_name!,
      familyName: row.surname!,
      houseNumber: row.street_number!,
      street: row.address_1!,
      addressExtra: row.address_2!,
      city: row.suburb!,
      postcode: row.postcode!,
      birthDate: row.date_of_birth!,
    })),
  );
  const of = measured(
    found,
    rows.map((row) => row.rec_id!.split("-")[1]!),
  );
  console.info(told(of));
  expect(of.pairs.f1).toBeGreaterThanOrEqual(0.97);
  expect(of.clusters.f1).toBeGreaterThanOrEqual(0.97);
  expect(of.automatic.precision).toBeGreaterThanOrEqual(0.999);
  expect(of.automatic.pairs).toBeGreaterThan(1_000);
});

test.skipIf(isAbsent)(
  "Splink, fake_1000: 1,000 records of 251 people, by clusters and by labelled pairs",
  () => {
    const rows = rowsOf("identity-splink/fake_1000.csv");
    const found = findDuplicates(
      rows.map((row) => ({
        id: Number(row.unique_id),
        givenName: row.first_name!,
        familyName: row.surname!,
        birthDate: row.dob!,
        city: row.city!,
        email: row.email!,
      })),
    );
    const of = measured(
      found,
      rows.map((row) => row.cluster!),
    );
    const clusterOf = new Map(
      found.clusters.flatMap((members, at) => members.map((id) => [id, at] as const)),
    );
    let [right, claimed, wanted] = [0, 0, 0];
    for (const label of rowsOf("identity-splink/fake_1000_labels.csv")) {
      const [a, b] = [Number(label.unique_id_l), Number(label.unique_id_r)];
      const isOne = clusterOf.has(a) && clusterOf.get(a) === clusterOf.get(b);
      const should = Number(label.clerical_match_score) >= 0.5;
      if (isOne) claimed++;
      if (should) wanted++;
      if (isOne && should) right++;
    }
    const f1 = (2 * right) / (claimed + wanted);
    console.info(`${told(of)}\nlabels: precision ${right / claimed}, recall ${right / wanted}, F1 ${f1}`);
    expect(of.pairs.f1).toBeGreaterThanOrEqual(0.8);
    expect(of.clusters.f1).toBeGreaterThanOrEqual(0.8);
    expect(f1).toBeGreaterThanOrEqual(0.8);
    expect(of.automatic.precision).toBeGreaterThanOrEqual(0.999);
    expect(of.automatic.pairs).toBeGreaterThan(100);
  },
);
