import type { Kept, KeptStore } from "./kept.ts";
import type { Options } from "./options.ts";
import { saysNo } from "./signal.ts";

/** The visitor's answers, as the cookie and the browser's own signal give them now. */
export function openConsent(kept: KeptStore, options: Pick<Options, "consent" | "purposes">) {
  const allows = (purpose: string): boolean =>
    !saysNo() && (kept.read().answers?.[purpose] ?? (options.consent === "implied" && purpose === "measure"));
  return {
    allows,
    /** Whether there is a purpose to which nothing was said, and somebody may be asked. */
    isOpen(): boolean {
      const { answers = {} } = kept.read();
      const asked = options.purposes.filter(
        (purpose) => options.consent !== "implied" || purpose !== "measure",
      );
      return options.consent !== "off" && !saysNo() && asked.some((purpose) => !(purpose in answers));
    },
    /** Takes answers over, and says what became of each that changed. */
    take(said: Record<string, boolean>): { before: Kept; granted: string[]; withdrawn: string[] } {
      const before = kept.read();
      const changed = Object.keys(said).filter((purpose) => said[purpose] !== before.answers?.[purpose]);
      const granted = changed.filter((purpose) => said[purpose]);
      const withdrawn = changed.filter((purpose) => !said[purpose] && allows(purpose));
      const after: Kept = { ...before, answers: { ...before.answers, ...said } };
      // Who may not be measured needs no id.
      const mayMeasure = after.answers?.measure ?? options.consent === "implied";
      kept.write(mayMeasure ? after : { answers: after.answers! });
      return { before, granted, withdrawn };
    },
  };
}
