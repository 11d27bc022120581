/** What of an entry of the log says who is whom. */
export interface Step {
  id: number;
  kind: "merge" | "unmerge";
  /** Null where they were erased since: then nothing of the merge stands. */
  survivorId: number | null;
  joinedId: number | null;
  undoes: number | null;
}

/** Into whom each merged customer was merged, after all of these entries: the log replayed from the beginning. */
export function replay(log: readonly Step[]): Map<number, { into: number; merge: number }> {
  const standing = new Map<number, { into: number; merge: number }>();
  for (const step of [...log].sort((a, b) => a.id - b.id)) {
    if (step.joinedId === null || step.survivorId === null) continue;
    if (step.kind === "merge") standing.set(step.joinedId, { into: step.survivorId, merge: step.id });
    else if (standing.get(step.joinedId)?.merge === step.undoes) standing.delete(step.joinedId);
  }
  return standing;
}
