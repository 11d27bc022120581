/** A member of an account, with what is expected of them where they allow it. */
export interface MemberValue {
  accountId: number;
  customerId: number;
  /** Whether they allow conclusions about themselves; nobody else's score is in a sum. */
  allows: boolean;
  active: boolean;
  expectedMinor: number | null;
  low95Minor: number | null;
  high95Minor: number | null;
}

export interface ExpectedSum {
  expectedMinor: number;
  low95Minor: number;
  high95Minor: number;
}

export interface MemberSum {
  members: number;
  activeMembers: number;
  /** Members whose expected value is in the sum. */
  scored: number;
  /** Members who do not allow conclusions: they are in no sum of expected values. */
  leftOut: number;
  expected: ExpectedSum | null;
}

/**
 * The sum of what members are expected to pay, with its 95 % interval: members are taken as independent, so variances add.
 * Below and above the estimate by themselves, because the intervals of single customers are lopsided: the distance of
 * the sum's end from the estimate is the root of the sum of the squared distances of the members' ends. Minor units.
 * Source: Zou and Donner (2008), "Construction of confidence limits about effect measures" (MOVER).
 */
export function sumExpected(
  members: readonly Pick<MemberValue, "expectedMinor" | "low95Minor" | "high95Minor">[],
): ExpectedSum | null {
  let [expected, below, above, scored] = [0, 0, 0, 0];
  for (const { expectedMinor, low95Minor, high95Minor } of members) {
    if (expectedMinor === null || low95Minor === null || high95Minor === null) continue;
    scored++;
    expected += expectedMinor;
    below += (expectedMinor - low95Minor) ** 2;
    above += (high95Minor - expectedMinor) ** 2;
  }
  if (!scored) return null;
  return {
    expectedMinor: expected,
    low95Minor: Math.round(expected - Math.sqrt(below)),
    high95Minor: Math.round(expected + Math.sqrt(above)),
  };
}

/** What the members of some accounts come to; who belongs to several of them is one. */
export function sumMembers(members: readonly MemberValue[]): MemberSum {
  const people = new Map<number, MemberValue>();
  for (const one of members) {
    const before = people.get(one.customerId);
    people.set(one.customerId, before?.active ? before : one);
  }
  const all = [...people.values()];
  const allowed = all.filter((one) => one.allows);
  return {
    members: all.length,
    activeMembers: all.filter((one) => one.active).length,
    scored: allowed.filter((one) => one.expectedMinor !== null).length,
    leftOut: all.length - allowed.length,
    expected: sumExpected(allowed),
  };
}

/** The accounts of a tree that are one or below it. */
export function branchOf(
  id: number,
  accounts: readonly { id: number; parentId: number | null }[],
): Set<number> {
  const children = new Map<number, number[]>();
  for (const one of accounts)
    if (one.parentId !== null) children.set(one.parentId, [...(children.get(one.parentId) ?? []), one.id]);
  const branch = new Set([id]);
  for (const at of branch) for (const child of children.get(at) ?? []) branch.add(child);
  return branch;
}
