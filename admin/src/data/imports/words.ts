import type { TFunction } from "i18next";
import { kindOf } from "./kinds.ts";
import type { Mapping, Result } from "./queries.ts";

type Words = TFunction<"imports">;
type Writing = NonNullable<Result["writing"]>;

const marks = { auto: "auto", ".": "point", ",": "comma" } as const;

/**
 * The rules of a mapping as sentences, as they will be or were applied: what had to be found out is told as it
 * was found.
 */
export function rulesInWords(mapping: Mapping, t: Words, writing?: Writing | null): string[] {
  if (kindOf(mapping) !== "orders") return recordsInWords(mapping, t, writing);
  const { rules, source, files } = mapping;
  const { cancellation, nonProducts, customerIds, notPurchased } = rules;
  const dates = writing?.dates ?? rules.dates;
  const mark = writing?.decimalMark ?? rules.decimalMark;
  return [
    cancellation.prefix ? t("say.prefix", { prefix: cancellation.prefix }) : t("say.noPrefix"),
    t(`say.negative.${cancellation.negativeQuantity}`),
    t(`say.refunds.${rules.refunds}`),
    ...(notPurchased.length ? [t("say.notPurchased", { states: notPurchased.join(", ") })] : []),
    nonProducts.codes.length
      ? t(`say.nonProducts.${nonProducts.treatment}`, { codes: nonProducts.codes.join(", ") })
      : t("say.allProducts"),
    t(`say.prices.${rules.pricesNotPositive}`),
    t(`say.zero.${rules.zeroQuantity}`),
    t(`say.duplicates.${rules.duplicates}`),
    t(`say.overlap.${rules.overlap}`),
    t(`say.kind.${customerIds.kind}`, { source }),
    t(customerIds.removeDecimals ? "say.decimals" : "say.idsAsTheyAre"),
    t(`say.nobody.${rules.withoutCustomer}`),
    t(`say.two.${rules.twoCustomers}`),
    ...(files.lines ? [t(`say.later.${rules.laterLines}`), t(`say.fallback.${rules.productFallback}`)] : []),
    ...(files.lines?.shipping || files.lines?.discount
      ? [t(rules.onceAnOrder ? "say.once.order" : "say.once.line")]
      : []),
    ...(files.items?.shipping ? [t(`say.shipping.${rules.shipping}`)] : []),
    t(`say.dates.${dates}`),
    t("say.firstYear", { year: rules.firstYear }),
    t(`say.decimal.${marks[mark]}`),
    rules.channel ? t("say.channel", { channel: rules.channel }) : t("say.noChannel"),
  ];
}

/** The same where each line is a record by itself. */
function recordsInWords(mapping: Mapping, t: Words, writing?: Writing | null): string[] {
  const { rules, source } = mapping;
  const kind = kindOf(mapping);
  const dates = writing?.dates ?? rules.dates;
  const mark = writing?.decimalMark ?? rules.decimalMark;
  const { customerIds, constants, meanings } = rules;
  const ofPeople = [
    t(`say.kind.${customerIds.kind}`, { source }),
    t(customerIds.removeDecimals ? "say.decimals" : "say.idsAsTheyAre"),
  ];
  const fixed = Object.entries(constants).map(([field, value]) =>
    t("say.constant", { field: t(`field.${field}`), value }),
  );
  const translated = Object.values(meanings).flatMap((words) =>
    Object.entries(words).map(([word, ours]) => t("say.meaning", { word, ours })),
  );
  return [
    ...fixed,
    ...translated,
    ...(kind === "costs" ? [] : ofPeople),
    ...(kind === "customers" || kind === "events" ? [t(`say.others.${rules.otherColumns}`)] : []),
    ...(rules.withoutColumns.length ? [t("say.without", { columns: rules.withoutColumns.join(", ") })] : []),
    t(`say.dates.${dates}`),
    t("say.firstYear", { year: rules.firstYear }),
    t(`say.decimal.${marks[mark]}`),
    ...(rules.channel ? [t("say.listedChannel", { channel: rules.channel })] : []),
  ];
}

/** What is stated for a purpose, in a sentence. */
export function basisWords(purpose: string, basis: string | null, t: Words): string {
  return t("basis.say", {
    purpose: t(`purpose.${purpose}`, { defaultValue: purpose }),
    basis: t(`basis.${basis ?? "none"}`),
  });
}
