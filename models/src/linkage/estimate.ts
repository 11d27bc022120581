import { Random } from "../random.ts";
import { type Comparison, fieldCount, levels, patternBase } from "./comparison.ts";
import { type Field, fields, type People } from "./people.ts";

/** How often each pattern of levels occurs among pairs. */
export type PatternCounts = Map<number, number>;

/** Who two records may be: one person, two people of one household, two strangers. */
export interface LevelChances {
  level: string;
  /** The chance of the level in pairs of one person, given that both values are there. */
  m: number;
  /** The same for two people who live together. */
  household: number;
  /** The same for two strangers. */
  u: number;
  /** log2(m / u): what the level says for one person and against two strangers, in bits. */
  weight: number;
}

export interface LinkageModel {
  fields: Record<Field, LevelChances[]>;
  /** E-mails of two people of the same name, in place of `fields.email`: similar names make similar e-mails. */
  emailOfNamesakes: LevelChances[];
  /** The share of all pairs of records that are one person, and that are two people of one household. */
  prior: number;
  householdPrior: number;
  /** Pairs of one person, and of one household, among the candidates, as the model expects them. */
  expectedMatches: number;
  expectedHouseholds: number;
  convergence: { converged: boolean; iterations: number; lastChange: number; logLikelihood: number };
}

/** What is believed before any pair is seen, worth `believedPairs` pairs: it holds where there are few duplicates. */
const believed: Record<Field, number[]> = {
  givenName: [0.75, 0.12, 0.03, 0.03, 0.07],
  familyName: [0.8, 0.1, 0.03, 0.03, 0.04],
  birthDate: [0.86, 0.07, 0.02, 0.02, 0.03],
  email: [0.6, 0.08, 0.07, 0.25],
  phone: [0.6, 0.08, 0.02, 0.3],
  street: [0.65, 0.13, 0.02, 0.2],
  houseNumber: [0.7, 0.05, 0.05, 0.2],
  addressExtra: [0.6, 0.15, 0.05, 0.2],
  postcode: [0.72, 0.08, 0.08, 0.12],
  city: [0.7, 0.1, 0.2],
};
const believedPairs = 20;

/** The same of people who live together. Their given names, birth dates and e-mails are those of strangers. */
const believedTogether: Partial<Record<Field, number[]>> = {
  familyName: [0.8, 0.05, 0.02, 0.01, 0.12],
  phone: [0.35, 0.03, 0.02, 0.6],
  street: [0.88, 0.08, 0.01, 0.03],
  houseNumber: [0.9, 0.03, 0.02, 0.05],
  addressExtra: [0.75, 0.12, 0.03, 0.1],
  postcode: [0.92, 0.04, 0.02, 0.02],
  city: [0.88, 0.08, 0.04],
};

/** The share of people of one household who have the same one for a reason: namesakes, twins, a shared e-mail. */
const sameForReason: Partial<Record<Field, number>> = { givenName: 0.005, birthDate: 0.01, email: 0.03 };

/**
 * What is believed of two strangers, worth `believedStrangers` pairs, so that a handful of records can be compared too;
 * the rest is "different".
 */
const believedApart: Record<Field, number[]> = {
  givenName: [0.01, 0.006, 0.006, 0.0001],
  familyName: [0.003, 0.002, 0.004, 0.0001],
  birthDate: [0.0001, 0.0015, 0.00005, 0.003],
  email: [0.000001, 0.00002, 0.00002],
  phone: [0.000002, 0.00001, 0.00001],
  street: [0.002, 0.003, 0.0001],
  houseNumber: [0.015, 0.002, 0.15],
  addressExtra: [0.002, 0.002, 0.0001],
  postcode: [0.001, 0.01, 0.05],
  city: [0.03, 0.02],
};
const believedStrangers = 1000;

/**
 * The most that "different" may take of the pairs of one person: few have two given names or birth dates, and most
 * records of one person were made where that person still lives. Without this, namesakes could become the model's idea
 * of a person. Source: Winkler (1993), "Improved decision rules in the Fellegi-Sunter model of record linkage" (convex constraints).
 */
const differentMax: Partial<Record<Field, number>> = {
  givenName: 0.1,
  familyName: 0.15,
  birthDate: 0.1,
  email: 0.6,
  phone: 0.6,
  street: 0.35,
  houseNumber: 0.4,
  addressExtra: 0.4,
  postcode: 0.35,
  city: 0.35,
};

/** The least share of pairs of one household in which a shared field differs: an address written wrongly is no proof of one person. */
const apartMin = 0.02;

/** No agreement is rarer between two strangers than this: beyond it, data says nothing. */
const chanceMin = 1e-7;

const iterationsMax = 200;
const changeMax = 1e-6;

/**
 * E-mails are made of names. What the e-mails of two strangers of one name have in common is therefore counted among
 * such strangers; this is believed of them before, worth `believedPairs` pairs.
 */
const believedNamesakes = [0.002, 0.02, 0.03, 0.948];
const email = fields.indexOf("email");

/** Whether the names of a pair agree, by the levels of its fields. */
export const areNamesakes = (given: number, family: number) =>
  (given === 1 || given === 2 || given === 4) && family <= 2;

export interface RandomPairs {
  /** For each field and level (0: missing) how many of all pairs have it. */
  counts: Float64Array[];
  pairs: number;
  /** Patterns of random pairs with the same given and family name. */
  namesakes: PatternCounts;
}

/**
 * How often each level occurs among all pairs of records: counted from random pairs, exact agreement from how often
 * each value occurs. `order` gives the places of the records in an order that is theirs, so that the draw does not
 * depend on how they were handed over.
 */
export function drawRandomPairs(
  people: People,
  comparison: Comparison,
  order: Uint32Array,
  drawsMax = 400_000,
): RandomPairs {
  const n = people.length;
  const pairs = (n * (n - 1)) / 2;
  const counts = fields.map((field) => new Float64Array(levels[field].length + 1));
  let drawn = 0;
  const count = (a: number, b: number) => {
    let pattern = comparison.pattern(a, b);
    for (let f = 0; f < fieldCount; f++) {
      counts[f]![pattern % patternBase]! += 1;
      pattern = Math.floor(pattern / patternBase);
    }
    drawn++;
  };
  if (pairs <= drawsMax) {
    for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) count(a, b);
  } else {
    const random = new Random("pairs of two people");
    while (drawn < drawsMax) {
      const [a, b] = [random.integer(n), random.integer(n)];
      if (a !== b) count(order[a]!, order[b]!);
    }
  }
  fields.forEach((field, f) => {
    const own = counts[f]!;
    for (let level = 0; level < own.length; level++) own[level]! *= pairs / Math.max(1, drawn);
    const { filled, agreeing } = agreementOf(people, field);
    const present = (filled * (filled - 1)) / 2;
    // Presence and agreement are known exactly; the draw divides what is left among the other levels.
    const drawnOther = own.reduce((sum, value, level) => (level > 1 ? sum + value : sum), 0);
    own[0] = pairs - present;
    own[1] = agreeing;
    for (let level = 2; level < own.length; level++) {
      const share = drawnOther > 0 ? own[level]! / drawnOther : level === own.length - 1 ? 1 : 0;
      own[level] = share * Math.max(0, present - agreeing);
    }
  });
  return { counts, pairs, namesakes: drawNamesakes(people, comparison, order) };
}

const namesakesMax = 50_000;

/** Pairs with the same given and family name, of each name as many as follow one another in the order of the records. */
function drawNamesakes(people: People, comparison: Comparison, order: Uint32Array): PatternCounts {
  const [given, family, mail] = [
    people.column("givenName"),
    people.column("familyName"),
    people.column("email"),
  ];
  const patterns: PatternCounts = new Map();
  const last = new Map<number, number>();
  const words = people.words.familyName.texts.length;
  let drawn = 0;
  for (const place of order) {
    if (given[place] === 0 || family[place] === 0 || mail[place] === 0) continue;
    const name = given[place]! * words + family[place]!;
    const before = last.get(name);
    last.set(name, place);
    if (before === undefined) continue;
    const pattern = comparison.pattern(before, place);
    patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
    if (++drawn === namesakesMax) break;
  }
  return patterns;
}

function agreementOf(people: People, field: Field): { filled: number; agreeing: number } {
  const counts = wordCounts(people, field);
  let filled = 0;
  let agreeing = 0;
  for (let word = 1; word < counts.length; word++) {
    filled += counts[word]!;
    agreeing += (counts[word]! * (counts[word]! - 1)) / 2;
  }
  return { filled, agreeing };
}

/** How many records have each word in this field. */
export function wordCounts(people: People, field: Field): Uint32Array {
  const counts = new Uint32Array(people.words[field].texts.length);
  for (const word of people.column(field)) counts[word]! += 1;
  return counts;
}

/**
 * Estimates the model from the patterns of candidate pairs: a mixture of pairs of one person, pairs who live together, and
 * strangers. All pairs that are no candidates count as strangers; so the priors are shares of all pairs, and u is what
 * random pairs show less the others among them. Without the class in the middle a set with more families than
 * duplicates would teach the model that families are duplicates.
 *
 * Sources: Fellegi and Sunter (1969), "A theory for record linkage", JASA 64; Winkler (1988), "Using the EM algorithm
 * for weight computation in the Fellegi-Sunter model of record linkage"; Dempster, Laird and Rubin (1977); three classes:
 * Winkler (1993), Larsen and Rubin (2001), "Iterative automated record linkage using mixture models", JASA 96.
 * Deterministic. Without candidates m is what was believed, and nothing matches.
 */
export function estimate(candidates: PatternCounts, random: RandomPairs, records: number): LinkageModel {
  const patterns = inOrder(candidates);
  const namesakes = inOrder(random.namesakes);
  const nothing = fields.map((field) => new Float64Array(levels[field].length + 1));
  const m = fields.map((field) => believed[field].slice());
  const u = fields.map((field, f) => chances(field, random.counts[f]!, nothing[f]!, nothing[f]!));
  const h = fields.map((field, f) => believedTogether[field]?.slice() ?? coincident(field, u[f]!, m[f]!));
  let uNamesakes = believedNamesakes.slice();
  let matches = Math.max(1, records * 0.05);
  let households = Math.max(1, records * 0.1);
  let change = Number.POSITIVE_INFINITY;
  let iterations = 0;
  let logLikelihood = 0;
  while (iterations < iterationsMax && change > changeMax) {
    iterations++;
    const strangers = Math.max(1, random.pairs - matches - households);
    const logM = m.map((own) => own.map(Math.log));
    const logH = h.map((own) => own.map(Math.log));
    const logU = u.map((own) => own.map(Math.log));
    const logUNamesakes = uNamesakes.map(Math.log);
    const logHNamesakes = coincident("email", uNamesakes, m[email]!).map(Math.log);
    const logMatches = Math.log(matches / strangers);
    const logHouseholds = Math.log(households / strangers);
    /** log odds of one person, and of one household, against strangers. */
    const odds = (own: Uint8Array): [number, number] => {
      let [scoreM, scoreH] = [logMatches, logHouseholds];
      const sameName = areNamesakes(own[0]!, own[1]!);
      for (let f = 0; f < fieldCount; f++) {
        const l = own[f]! - 1;
        if (l < 0) continue;
        const ofNamesakes = f === email && sameName;
        const base = ofNamesakes ? logUNamesakes[l]! : logU[f]![l]!;
        scoreM += logM[f]![l]! - base;
        scoreH += (ofNamesakes ? logHNamesakes[l]! : logH[f]![l]!) - base;
      }
      return [scoreM, scoreH];
    };
    const foundM = fields.map((field) => new Float64Array(levels[field].length + 1));
    const foundH = fields.map((field) => new Float64Array(levels[field].length + 1));
    let [sumM, sumH] = [0, 0];
    // Relative to what u alone says of all pairs.
    logLikelihood = random.pairs * Math.log(strangers / Math.max(1, random.pairs));
    for (const { levels: own, count } of patterns) {
      const [scoreM, scoreH] = odds(own);
      const total = logOfSum(scoreM, scoreH);
      const expectedM = count * Math.exp(scoreM - total);
      const expectedH = count * Math.exp(scoreH - total);
      logLikelihood += count * total;
      sumM += expectedM;
      sumH += expectedH;
      for (let f = 0; f < fieldCount; f++) {
        foundM[f]![own[f]!]! += expectedM;
        foundH[f]![own[f]!]! += expectedH;
      }
    }
    const foundNamesakes = new Float64Array(levels.email.length + 1);
    for (const { levels: own, count } of namesakes)
      foundNamesakes[own[email]!]! += count * Math.exp(-logOfSum(...odds(own)));
    uNamesakes = shares(believedNamesakes, foundNamesakes);
    change = (Math.abs(sumM - matches) + Math.abs(sumH - households)) / Math.max(1, matches + households);
    matches = Math.max(1e-9, sumM);
    households = Math.max(1e-9, sumH);
    fields.forEach((field, f) => {
      const before = m[f]!;
      m[f] = capped(shares(believed[field], foundM[f]!), differentMax[field]);
      u[f] = chances(field, random.counts[f]!, foundM[f]!, foundH[f]!);
      const together = believedTogether[field];
      h[f] = together ? raised(shares(together, foundH[f]!), apartMin) : coincident(field, u[f]!, m[f]!);
      for (let l = 0; l < before.length; l++) change = Math.max(change, Math.abs(m[f]![l]! - before[l]!));
    });
  }
  const described = (f: number, base: readonly number[], together = h[f]!): LevelChances[] =>
    levels[fields[f]!].map((level, l) => ({
      level,
      m: m[f]![l]!,
      household: together[l]!,
      u: base[l]!,
      weight: Math.log2(m[f]![l]! / base[l]!),
    }));
  return {
    fields: Object.fromEntries(
      fields.map((field, f) => [field, described(f, u[f]!)]),
    ) as LinkageModel["fields"],
    emailOfNamesakes: described(email, uNamesakes, coincident("email", uNamesakes, m[email]!)),
    prior: matches / Math.max(1, random.pairs),
    householdPrior: households / Math.max(1, random.pairs),
    expectedMatches: matches,
    expectedHouseholds: households,
    convergence: { converged: change <= changeMax, iterations, lastChange: change, logLikelihood },
  };
}

/** In the order of the patterns, so that sums do not depend on the order of the pairs. */
const inOrder = (counts: PatternCounts) =>
  [...counts.entries()]
    .sort((x, y) => x[0] - y[0])
    .map(([pattern, count]) => ({ levels: digitsOf(pattern), count }));

/** log(1 + e^x + e^y) without overflow. */
function logOfSum(x: number, y: number): number {
  const largest = Math.max(0, x, y);
  return largest + Math.log(Math.exp(-largest) + Math.exp(x - largest) + Math.exp(y - largest));
}

/** The share of each level among the pairs found and those believed. */
function shares(before: readonly number[], found: Float64Array): number[] {
  const counts = before.map((share, l) => share * believedPairs + found[l + 1]!);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

/**
 * Agreement by chance, and now and then for a reason. Names that were exchanged in one of two records of a household agree
 * crosswise as soon as the given names do, since the family names are the same anyway.
 */
function coincident(field: Field, u: readonly number[], m: readonly number[]): number[] {
  const reason = sameForReason[field] ?? 0;
  const own = u.map((value, l) => value * (1 - reason) + (l === 0 ? reason : 0));
  if (field !== "givenName") return own;
  const swapped = levels.givenName.indexOf("swapped");
  return own.map((value, l) => (l === swapped ? Math.max(value, m[l]! * (own[0]! + own[1]!)) : value));
}

export function digitsOf(pattern: number): Uint8Array {
  const digits = new Uint8Array(fieldCount);
  for (let f = 0; f < fieldCount; f++) {
    digits[f] = pattern % patternBase;
    pattern = Math.floor(pattern / patternBase);
  }
  return digits;
}

/**
 * u of each level: all pairs that have it, less those of one person or one household that are expected among them. At
 * least a twentieth of what random pairs show stays, since the expectation is one.
 */
function chances(
  field: Field,
  counts: Float64Array,
  matched: Float64Array,
  together: Float64Array,
): number[] {
  const before = believedApart[field];
  const own = levels[field].map((_, l) => {
    const left = Math.max(counts[l + 1]! - matched[l + 1]! - together[l + 1]!, counts[l + 1]! / 20);
    const share = before[l] ?? 1 - before.reduce((sum, value) => sum + value, 0);
    return left + share * believedStrangers;
  });
  const total = own.reduce((sum, value) => sum + value, 0);
  const bounded = own.map((value) => Math.max(chanceMin, value / total));
  const sum = bounded.reduce((all, value) => all + value, 0);
  return bounded.map((value) => value / sum);
}

/** The last share is at least `min`; the others give what it needs. */
function raised(shares: number[], min: number): number[] {
  const last = shares.at(-1)!;
  if (last >= min) return shares;
  return shares.map((share, l) => (l === shares.length - 1 ? min : (share * (1 - min)) / (1 - last)));
}

function capped(shares: number[], max: number | undefined): number[] {
  const last = shares.at(-1)!;
  if (max === undefined || last <= max) return shares;
  const scale = (1 - max) / (1 - last);
  return shares.map((share, l) => (l === shares.length - 1 ? max : share * scale));
}
