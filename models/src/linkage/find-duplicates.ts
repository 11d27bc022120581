import { type BlockingReport, blocksOf } from "./blocking.ts";
import { clustersOf, type ScoredPair } from "./clusters.ts";
import { Comparison, fieldCount, type Level, levels, patternBase } from "./comparison.ts";
import {
  areNamesakes,
  digitsOf,
  drawRandomPairs,
  estimate,
  type LevelChances,
  type LinkageModel,
  type PatternCounts,
  type RandomPairs,
  wordCounts,
} from "./estimate.ts";
import { type Field, fields, People, type PersonRecord } from "./people.ts";

export interface DuplicateOptions {
  /** Pairs at or above this probability are given; 0.5 where nothing is said: more likely one person than not. */
  probabilityMin?: number;
  /**
   * From this probability on a pair may be joined without a person looking at it; 0.9999 where nothing is said, which is
   * one mistake in ten thousand by the model's own word.
   */
  automaticMin?: number;
  /** The most pairs that are given, the surest ones; 200,000 where nothing is said. */
  pairsMax?: number;
  /** Pairs that one blocking key may bring for each record; 2 where nothing is said. */
  pairsPerRecord?: number;
  /** Called now and then with the share that is done, in [0, 1]. What it throws ends the search. */
  onProgress?: (share: number) => void;
}

export interface Evidence {
  field: Field;
  level: Level;
  /** In bits: above 0 for one person, below 0 for two. */
  weight: number;
}

export interface DuplicatePair {
  /** The records' ids, the lower one first. */
  a: number;
  b: number;
  /** What all evidence weighs together, in bits: its sum. */
  weight: number;
  /** That the two are one person, in [0, 1]. */
  probability: number;
  /** Whether the pair may be joined without a person looking at it: sure enough, and nothing speaks against it. */
  automatic: boolean;
  /** What the two would be if they were not one person: the evidence is weighed against it. */
  against: "household" | "strangers";
  /** Fields that both records have, in the order of `fields`. */
  evidence: Evidence[];
}

export interface Duplicates {
  /** The surest first; equally sure ones by their ids. */
  pairs: DuplicatePair[];
  /** Ids of the records of one person each, in rising order; the clusters by their first id. */
  clusters: number[][];
  model: LinkageModel;
  blocking: BlockingReport[];
  /** Different pairs that were compared. */
  candidates: number;
  /** Pairs that were sure enough and did not join two clusters that contradict each other. */
  chainsRefused: number;
  /** Pairs above `probabilityMin` that `pairsMax` left out. */
  pairsLeftOut: number;
}

/**
 * Which records are one person? Probabilistic record linkage after Fellegi and Sunter (1969), with nothing to learn
 * from but the records: what agreement of a field says is estimated from them.
 *
 * `records` are read once. Ids must differ; the answer does not depend on the order of the records. Any text may stand
 * in any field. Records without anything to compare are in no pair. Throws RangeError for an id that is no whole number
 * at or above 0, or comes twice.
 */
export function findDuplicates(records: Iterable<PersonRecord>, options: DuplicateOptions = {}): Duplicates {
  const people = new People();
  for (const record of records) people.add(record);
  return duplicatesAmong(people, options);
}

/** Pairs from which m is estimated, at most: more change no weight. */
const learningMax = 3_000_000;

/** The same of people who were added page by page. */
export function duplicatesAmong(people: People, options: DuplicateOptions = {}): Duplicates {
  const { probabilityMin = 0.5, automaticMin = 0.9999, pairsMax = 200_000, onProgress = () => {} } = options;
  const ids = people.ids;
  const order = Uint32Array.from(ids, (_, place) => place).sort((x, y) => ids[x]! - ids[y]!);
  for (let i = 1; i < order.length; i++) {
    if (ids[order[i]!] === ids[order[i - 1]!])
      throw new RangeError(`Two records have the id ${ids[order[i]!]}.`);
  }
  const comparison = new Comparison(people);
  const blocks = blocksOf(people, options);
  onProgress(0.1);
  const random = drawRandomPairs(people, comparison, order);
  onProgress(0.2);

  // Which pairs are learned from depends on their ids alone.
  const share = Math.min(1, learningMax / Math.max(1, blocks.pairsMax));
  const patterns: PatternCounts = new Map();
  let candidates = 0;
  const total = Math.max(1, blocks.pairsMax);
  blocks.eachPair((a, b) => {
    if ((++candidates & 0xfffff) === 0) onProgress(0.2 + 0.2 * Math.min(1, candidates / total));
    if (share < 1 && drawOf(ids[a]!, ids[b]!) >= share) return;
    const pattern = comparison.pattern(a, b);
    patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  });
  if (share < 1) for (const [pattern, count] of patterns) patterns.set(pattern, count / share);
  const model = estimate(patterns, random, people.length);
  onProgress(0.4);

  const scores = new Scores(people, comparison, model, random);
  const oddsMin =
    probabilityMin <= 0 ? Number.NEGATIVE_INFINITY : Math.log2(probabilityMin / (1 - probabilityMin));
  const found: ScoredPair[] = [];
  let seen = 0;
  let leftOut = 0;
  const bySureness = (x: ScoredPair, y: ScoredPair) =>
    y.odds - x.odds || lower(x) - lower(y) || higher(x) - higher(y);
  const lower = (pair: ScoredPair) => Math.min(ids[pair.a]!, ids[pair.b]!);
  const higher = (pair: ScoredPair) => Math.max(ids[pair.a]!, ids[pair.b]!);
  blocks.eachPair((a, b) => {
    if ((++seen & 0xfffff) === 0) onProgress(0.4 + 0.5 * (seen / Math.max(1, candidates)));
    const odds = scores.odds(a, b);
    if (odds < oddsMin) return;
    found.push({ a, b, odds });
    if (found.length >= 2 * pairsMax) {
      found.sort(bySureness);
      leftOut += found.length - pairsMax;
      found.length = pairsMax;
    }
  });
  found.sort(bySureness);
  if (found.length > pairsMax) {
    leftOut += found.length - pairsMax;
    found.length = pairsMax;
  }
  onProgress(0.9);
  const { clusters, refused } = clustersOf(
    found.filter((pair) => pair.odds >= 0),
    (a, b) => scores.odds(a, b),
  );
  return {
    pairs: found.map((pair) => {
      const { evidence, against } = scores.evidence(pair.a, pair.b);
      const probability = 1 / (1 + 2 ** -pair.odds);
      return {
        a: lower(pair),
        b: higher(pair),
        weight: evidence.reduce((sum, one) => sum + one.weight, 0),
        probability,
        automatic: probability >= automaticMin && !evidence.some(contradicts),
        against,
        evidence,
      };
    }),
    clusters: clusters
      .map((places) => places.map((place) => ids[place]!).sort((x, y) => x - y))
      .sort((x, y) => x[0]! - y[0]!),
    model,
    blocking: blocks.report,
    candidates,
    chainsRefused: refused,
    pairsLeftOut: leftOut,
  };
}

/** Twins, couples, and parents with their children share everything else. */
const contradicts = ({ field, level }: Evidence) =>
  level === "different" && (field === "givenName" || field === "familyName" || field === "birthDate");

/** Uniform in [0, 1), drawn from two ids whichever comes first. */
function drawOf(x: number, y: number): number {
  let hash = Math.imul(Math.min(x, y) | 0, 0x9e3779b1) ^ Math.imul(Math.max(x, y) | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Agreement on a common value says less, on a rare one more. */
const byFrequency: readonly Field[] = [
  "givenName",
  "familyName",
  "birthDate",
  "email",
  "phone",
  "street",
  "postcode",
  "city",
];

/** How much more than agreement on any value that on a rare one can say, in bits. */
const rarityMax = 4;

/** Weights of pairs under a model, with Winkler's adjustment for how frequent a value is. */
class Scores {
  readonly #comparison: Comparison;
  readonly #columns: Int32Array[];
  /** log2 of the chances of each level (0: missing) in pairs of one person and of one household, against strangers: of any two, and of two of one name. */
  readonly #person: readonly [Float64Array[], Float64Array[]];
  readonly #together: readonly [Float64Array[], Float64Array[]];
  readonly #priorPerson: number;
  readonly #priorTogether: number;
  /** For each field what exact agreement on each word weighs beyond the average, in bits. */
  readonly #rarity: (Float32Array | undefined)[];

  constructor(people: People, comparison: Comparison, model: LinkageModel, random: RandomPairs) {
    this.#comparison = comparison;
    // Of a handful of pairs all may seem to be somebody's: one pair of strangers is left to compare with.
    const strangers = Math.max(1 - model.prior - model.householdPrior, 1 / Math.max(1, random.pairs));
    this.#priorPerson = Math.log2(model.prior / strangers);
    this.#priorTogether = Math.log2(model.householdPrior / strangers);
    const against = (chances: LevelChances[], of: (one: LevelChances) => number) =>
      Float64Array.of(0, ...chances.map((one) => Math.log2(of(one) / one.u)));
    const tables = (of: (one: LevelChances) => number) => {
      const usual = fields.map((field) => against(model.fields[field], of));
      const ofNamesakes = fields.map((field, f) =>
        field === "email" ? against(model.emailOfNamesakes, of) : usual[f]!,
      );
      return [usual, ofNamesakes] as const;
    };
    this.#person = tables((one) => one.m);
    this.#together = tables((one) => one.household);
    this.#columns = fields.map((field) => people.column(field));
    this.#rarity = fields.map((field) => {
      if (!byFrequency.includes(field)) return undefined;
      const own = wordCounts(people, field);
      const filled = own.reduce((sum, count, word) => (word > 0 ? sum + count : sum), 0);
      const { u } = model.fields[field][0]!;
      // How often others than the two have the value; before anyone is seen, as often as any value on average.
      return Float32Array.from(own, (count) => {
        const share = (Math.max(0, count - 2) + 1) / (filled + 1 / u);
        return Math.min(rarityMax, Math.log2(u / share));
      });
    });
  }

  #rarityOf(f: number, level: number, a: number): number {
    return level === 1 ? (this.#rarity[f]?.[this.#columns[f]![a]!] ?? 0) : 0;
  }

  /** log2 odds that two records are one person. */
  odds(a: number, b: number): number {
    let pattern = this.#comparison.pattern(a, b);
    const given = pattern % patternBase;
    const names = areNamesakes(given, ((pattern - given) / patternBase) % patternBase) ? 1 : 0;
    let person = this.#priorPerson;
    let together = this.#priorTogether;
    for (let f = 0; f < fieldCount; f++) {
      const level = pattern % patternBase;
      pattern = (pattern - level) / patternBase;
      if (level === 0) continue;
      const rarity = this.#rarityOf(f, level, a);
      person += this.#person[names][f]![level]! + rarity;
      together += this.#together[names][f]![level]! + (isOwn(f) ? 0 : rarity);
    }
    return person - (together > 0 ? together + Math.log2(1 + 2 ** -together) : Math.log2(1 + 2 ** together));
  }

  /** What each field says for one person and against what else the two would be: one household, or strangers. */
  evidence(a: number, b: number): { evidence: Evidence[]; against: DuplicatePair["against"] } {
    const digits = digitsOf(this.#comparison.pattern(a, b));
    const names = areNamesakes(digits[0]!, digits[1]!) ? 1 : 0;
    const weights = fields.map((_, f) => {
      const level = digits[f]!;
      const rarity = this.#rarityOf(f, level, a);
      return {
        person: this.#person[names][f]![level]! + rarity,
        together: this.#together[names][f]![level]! + (isOwn(f) ? 0 : rarity),
      };
    });
    const together = weights.reduce((sum, one) => sum + one.together, this.#priorTogether);
    const isTogether = together > 0;
    const evidence = fields.flatMap((field, f) => {
      const level = digits[f]!;
      const { person, together } = weights[f]!;
      if (level === 0) return [];
      return [{ field, level: levels[field][level - 1]!, weight: isTogether ? person - together : person }];
    });
    return { evidence, against: isTogether ? "household" : "strangers" };
  }
}

/** A person's own: people who live together share it by chance, like strangers. */
const isOwn = (f: number) => own[f]!;
const own = fields.map((field) => field === "givenName" || field === "birthDate" || field === "email");
