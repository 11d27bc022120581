import type { TFunction } from "i18next";
import type { Rules } from "./queries.ts";

type Words = TFunction<"imports">;

/** The rules of a mapping as sentences, as they will be or were applied. */
export function rulesInWords(rules: Rules, t: Words): string[] {
  const { cancellation, nonProducts, customerIds, notPurchased } = rules;
  return [
    cancellation.prefix ? t("say.prefix", { prefix: cancellation.prefix }) : t("say.noPrefix"),
    t(`say.negative.${cancellation.negativeQuantity}`),
    ...(notPurchased.length ? [t("say.notPurchased", { states: notPurchased.join(", ") })] : []),
    nonProducts.codes.length
      ? t(`say.nonProducts.${nonProducts.treatment}`, { codes: nonProducts.codes.join(", ") })
      : t("say.allProducts"),
    t(`say.prices.${rules.pricesNotPositive}`),
    t(customerIds.removeDecimals ? "say.decimals" : "say.idsAsTheyAre"),
    t(`say.nobody.${rules.withoutCustomer}`),
    t(`say.duplicates.${rules.duplicates}`),
    t(`say.refunds.${rules.refunds}`),
  ];
}

/** What is stated for a purpose, in a sentence. */
export function basisWords(purpose: string, basis: string | null, t: Words): string {
  return t("basis.say", {
    purpose: t(`purpose.${purpose}`, { defaultValue: purpose }),
    basis: t(`basis.${basis ?? "none"}`),
  });
}
