import type { Tone } from "../../design/chip.tsx";
import { crosses } from "../../design/interval.tsx";
import type { Effect } from "./queries.ts";

export type Verdict = "noDecision" | "tooEarly" | "mismatch" | "unsure" | "helped" | "harmed";

/** What may be said of an effect: nothing before its minimum, and nothing while the arms do not fit their shares. */
export function verdictOf(effect: Effect): Verdict {
  if (effect.state === "no_decision") return "noDecision";
  if (effect.state === "too_early" || !effect.worth) return "tooEarly";
  if (effect.ratio.mismatch) return "mismatch";
  if (crosses(effect.worth, 0)) return "unsure";
  return effect.worth.value > 0 ? "helped" : "harmed";
}

export const VERDICT_TONE: Record<Verdict, Tone> = {
  noDecision: "plain",
  tooEarly: "watch",
  mismatch: "bad",
  unsure: "plain",
  helped: "good",
  harmed: "bad",
};
