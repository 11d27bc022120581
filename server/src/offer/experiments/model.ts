import { createHash } from "node:crypto";
import { z } from "zod";

export const Arm = z.enum(["treated", "holdout"]);
export type Arm = z.infer<typeof Arm>;

/**
 * The arm that the hash gives a customer: sha256 of the garden's salt and the customer's id, read as a
 * number in [0, 1); below the holdout's share it is the holdout. The same customer always gets the
 * same answer, and nobody who does not know the salt can guess it.
 */
export function drawArm(salt: string, customerId: number, holdoutShare: number): Arm {
  const digest = createHash("sha256").update(`${salt}:${customerId}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < holdoutShare ? "holdout" : "treated";
}

/** A customer's place in the comparison. */
export interface ArmState {
  arm: Arm;
  decidedAt: Date;
  /** Somebody of the other arm was joined into this customer then. */
  mixedAt: Date | null;
}

/**
 * Where a customer stands after another was joined into it. Its own arm stays; without one it takes
 * over the other's, by which this person was treated. Two different arms in one person can be
 * compared no more.
 */
export function joinArms(
  survivor: ArmState | undefined,
  subject: ArmState | undefined,
  at: Date,
): ArmState | undefined {
  if (!survivor || !subject) return survivor ?? subject;
  const isMixed = survivor.arm !== subject.arm;
  const mixedAt = survivor.mixedAt ?? subject.mixedAt ?? (isMixed ? at : null);
  const decidedAt = survivor.decidedAt < subject.decidedAt ? survivor.decidedAt : subject.decidedAt;
  return { arm: survivor.arm, decidedAt, mixedAt };
}
