import { type Rule, Rule as RuleShape } from "../rules.ts";
import type { Signature } from "../schemes.ts";

/** What a system that many brands use sends, as rules that can be changed like any others. */
export interface Ready {
  provider: string;
  name: string;
  signature: Signature;
  /** Where a delivery says its own id. */
  deliveryId: string;
  rules: Rule[];
}

type RuleInput = Partial<Omit<Rule, "person" | "when">> & {
  when: [value: string, is: Rule["when"][number]["is"], to?: string][];
  person: Partial<Rule["person"]>;
};

/** A rule with what it leaves out filled in. */
export const rule = ({ when, ...rest }: RuleInput): Rule =>
  RuleShape.parse({ makes: "event", ...rest, when: when.map(([value, is, to]) => ({ value, is, to })) });
