import {
  bgNbd,
  byNames,
  cnbd,
  type Fit,
  fitGammaGamma,
  fitRegular,
  type GammaGammaParameters,
  type ModelParameters,
  mbgNbd,
  nbd,
  type PurchaseModel,
  paretoNbd,
  type RegularFamily,
  regularityMax,
  repeatBuyersOf,
} from "@rondell/models";
import { CommandFailed, UsageError } from "../command.ts";
import type { Customers } from "./customers.ts";

/** A model by the name that the command line gives it. */
export type NamedModel =
  | { kind: "timed"; name: string; model: PurchaseModel }
  | { kind: "regular"; name: string; family: RegularFamily }
  | { kind: "opportunities"; name: "bg-bb" }
  | { kind: "contracts"; name: "sbg" }
  | { kind: "spend"; name: "gamma-gamma" };

export const modelNames =
  "nbd, bg-nbd, mbg-nbd, pareto-nbd, bg-cnbd-k, mbg-cnbd-k (k chosen by likelihood, or a number), bg-bb, sbg, gamma-gamma";

/** The model that a name stands for; `BG/NBD` and `bg_nbd` are `bg-nbd` too. Throws UsageError. */
export function modelNamed(text: string): NamedModel {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const simple: Record<string, NamedModel> = {
    nbd: { kind: "timed", name: "nbd", model: byNames(nbd) },
    bgnbd: { kind: "timed", name: "bg-nbd", model: byNames(bgNbd) },
    mbgnbd: { kind: "timed", name: "mbg-nbd", model: byNames(mbgNbd) },
    paretonbd: { kind: "timed", name: "pareto-nbd", model: byNames(paretoNbd) },
    pnbd: { kind: "timed", name: "pareto-nbd", model: byNames(paretoNbd) },
    bgbb: { kind: "opportunities", name: "bg-bb" },
    sbg: { kind: "contracts", name: "sbg" },
    gammagamma: { kind: "spend", name: "gamma-gamma" },
  };
  const found = simple[plain];
  if (found) return found;
  const regular = /^(m?bg)cnbd(k|\d+)?$/.exec(plain);
  if (regular) {
    const family: RegularFamily = regular[1] === "bg" ? "BG/CNBD" : "MBG/CNBD";
    const name = `${regular[1]}-cnbd`;
    if (!regular[2] || regular[2] === "k") return { kind: "regular", name: `${name}-k`, family };
    const k = Number(regular[2]);
    if (k < 1 || k > regularityMax)
      throw new UsageError(`The regularity k is from 1 to ${regularityMax}, not ${k}.`);
    return { kind: "timed", name: `${name}-${k}`, model: byNames(cnbd(family, k)) };
  }
  throw new UsageError(`There is no model "${text}". There are ${modelNames}.`);
}

/** What `rondell clv fit --json` prints, and `rondell clv predict --params` reads. */
export interface FitDocument {
  model: string;
  params: Record<string, number>;
  logLikelihood: number;
  converged: true;
  /** Null for a parameter at its bound: it is not identified. */
  standardErrors: Record<string, number | null>;
  customers: number;
  diagnostics: Record<string, unknown>;
  /** Spend a purchase, where the file has it and it can be fitted. */
  spend?: FitDocument & { populationMean: number | null };
  notes: string[];
}

export function documentOf(
  model: string,
  fit: Fit<ModelParameters>,
): Omit<FitDocument, "notes"> & { notes: string[] } {
  if (!fit.ok) throw new CommandFailed(fit.reason, `${model} was not fitted. ${fit.message}`);
  const { parameters, standardErrors, logLikelihood, customers, diagnostics } = fit;
  const notes: string[] = [];
  if (diagnostics.atBound.length > 0) {
    notes.push(
      `${diagnostics.atBound.join(", ")} ran to the edge of the searched range: that part of the model is not identified by these customers.`,
    );
  }
  return {
    model,
    params: { ...parameters },
    logLikelihood,
    converged: true,
    standardErrors: Object.fromEntries(
      Object.entries(standardErrors).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
    ),
    customers,
    diagnostics: {
      ...diagnostics,
      hessianCondition: Number.isFinite(diagnostics.hessianCondition) ? diagnostics.hessianCondition : null,
    },
    notes,
  };
}

/** Fits a model of when customers buy. Refuses what cannot be fitted, by the fit's own reason. */
export function fitTimed(
  named: Extract<NamedModel, { kind: "timed" | "regular" }>,
  customers: Customers,
): { document: FitDocument; model: PurchaseModel } {
  const enough = repeatBuyersOf(customers.histories);
  const notes: string[] = [];
  if (enough.repeatBuyers > 0 && enough.repeatBuyers < 5) {
    throw new CommandFailed(
      "too_few_repeat_buyers",
      `Only ${enough.repeatBuyers} of ${enough.customers} customers bought again: a model has up to four parameters and cannot be learned from them. Give a longer period or more customers.`,
    );
  }
  if (!enough.enough && enough.repeatBuyers > 0) {
    notes.push(
      `${enough.repeatBuyers} of ${enough.customers} customers bought again, ${enough.frequentBuyers} of them more than once: few to tell customers apart. Read the standard errors.`,
    );
  }
  if (named.kind === "timed") {
    const document = documentOf(named.name, named.model.fit(customers.histories));
    return { document: { ...document, notes: [...notes, ...document.notes] }, model: named.model };
  }
  if (!customers.logGaps) {
    throw new CommandFailed(
      "regularity.needs_log",
      `Which regularity k fits shows in the gaps between purchases: give a log of purchases (customer_id,date,value), or name k, as in --model ${named.name.replace(/k$/, "2")}.`,
    );
  }
  const found = fitRegular(named.family, customers.histories, customers.logGaps);
  if (!found.ok) throw new CommandFailed(found.reason, `${named.name} was not fitted. ${found.message}`);
  const document = documentOf(named.name.replace(/k$/, String(found.k)), found.fit);
  document.diagnostics.tried = found.tried;
  return { document: { ...document, notes: [...notes, ...document.notes] }, model: byNames(found.model) };
}

/** Fits spend a purchase, or says why not. */
export function fitSpend(
  customers: Pick<Customers, "histories" | "meanSpend">,
): { document: NonNullable<FitDocument["spend"]>; parameters: GammaGammaParameters } | { note: string } {
  if (!customers.meanSpend)
    return { note: "The file has no spend, so none is expected: give zbar, or value in a log." };
  let fit: ReturnType<typeof fitGammaGamma>;
  try {
    fit = fitGammaGamma({ repeats: customers.histories.repeats, meanSpend: customers.meanSpend });
  } catch (error) {
    if (error instanceof RangeError) throw new CommandFailed("rows.invalid", error.message);
    throw error;
  }
  if (!fit.ok) return { note: `Spend was not fitted. ${fit.message}` };
  const document = documentOf("gamma-gamma", fit);
  const notes = [...document.notes];
  if (fit.leftOut > 0) notes.push(`${fit.leftOut} customers with repeats but no spend were left out.`);
  if (fit.populationMean === null) {
    notes.push(
      "q is 1 or less: spend has no finite mean, and customers without repeats have no expected spend.",
    );
  }
  if (Math.abs(fit.correlation) > 0.2) {
    notes.push(
      `Repeats and mean spend are correlated (${fit.correlation.toFixed(2)}), which the model assumes they are not: heavy buyers' spend is mistaken.`,
    );
  }
  return { document: { ...document, populationMean: fit.populationMean, notes }, parameters: fit.parameters };
}
