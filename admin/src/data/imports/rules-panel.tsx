import { NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Note } from "../../design/note.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { kindOf } from "./kinds.ts";
import type { Mapping, Rules } from "./queries.ts";
import { useRuleChoice } from "./rule-choice.tsx";
import { RulesOfRecords } from "./rules-of-records.tsx";

/** What happens to the odd lines that real exports hold: each rule in plain words, to be changed. */
export function RulesPanel(props: {
  mapping: Mapping;
  /** Other sources whose customer numbers are taken for the same ones. */
  sharedWith: string[];
  onChange: (mapping: Mapping) => void;
}) {
  return kindOf(props.mapping) === "orders" ? <RulesOfOrders {...props} /> : <RulesOfRecords {...props} />;
}

function RulesOfOrders({
  mapping,
  sharedWith,
  onChange,
}: {
  mapping: Mapping;
  /** Other sources whose customer numbers are taken for the same ones. */
  sharedWith: string[];
  onChange: (mapping: Mapping) => void;
}) {
  const { t } = useTranslation("imports");
  const { rules } = mapping;
  const change = (part: Partial<Rules>) => onChange({ ...mapping, rules: { ...rules, ...part } });
  const choice = useRuleChoice();
  return (
    <Panel question={t("rules.question")} reading={t("rules.reading")} how={[t("rules.always")]}>
      {sharedWith.length ? (
        <Note tone="warn">{t("rule.shared", { sources: sharedWith.join(", ") })}</Note>
      ) : null}
      <Grid columns="2">
        <TextInput
          label={t("rule.prefix")}
          description={t("rule.prefixText")}
          value={rules.cancellation.prefix ?? ""}
          maxLength={20}
          onChange={(event) =>
            change({
              cancellation: { ...rules.cancellation, prefix: event.currentTarget.value.trim() || null },
            })
          }
        />
        {choice("negative", rules.cancellation.negativeQuantity, ["refund", "reject"], (negativeQuantity) =>
          change({ cancellation: { ...rules.cancellation, negativeQuantity } }),
        )}
        {choice("refunds", rules.refunds, ["own_event", "latest_order"], (refunds) => change({ refunds }))}
        <TagsInput
          label={t("rule.notPurchased")}
          description={t("rule.notPurchasedText")}
          value={rules.notPurchased}
          onChange={(notPurchased) => change({ notPurchased })}
        />
        <TagsInput
          label={t("rule.codes")}
          description={t("rule.codesText")}
          value={rules.nonProducts.codes}
          splitChars={[";"]}
          onChange={(codes) => change({ nonProducts: { ...rules.nonProducts, codes } })}
        />
        {choice("nonProducts", rules.nonProducts.treatment, ["count_amount", "leave_out"], (treatment) =>
          change({ nonProducts: { ...rules.nonProducts, treatment } }),
        )}
        {choice("prices", rules.pricesNotPositive, ["leave_out", "keep"], (pricesNotPositive) =>
          change({ pricesNotPositive }),
        )}
        {choice("zero", rules.zeroQuantity, ["leave_out", "keep"], (zeroQuantity) =>
          change({ zeroQuantity }),
        )}
        {choice("overlap", rules.overlap, ["drop", "keep"], (overlap) => change({ overlap }))}
        {choice("two", rules.twoCustomers, ["reject", "first"], (twoCustomers) => change({ twoCustomers }))}
        {choice("duplicates", rules.duplicates, ["keep", "drop"], (duplicates) => change({ duplicates }))}
        {choice("nobody", rules.withoutCustomer, ["count_revenue", "leave_out"], (withoutCustomer) =>
          change({ withoutCustomer }),
        )}
        {choice("ids", rules.customerIds.removeDecimals ? "clean" : "asis", ["clean", "asis"], (ids) =>
          change({ customerIds: { ...rules.customerIds, removeDecimals: ids === "clean" } }),
        )}
        {choice("kind", rules.customerIds.kind, ["user_id", "source_id", "email"], (kind) =>
          change({ customerIds: { ...rules.customerIds, kind } }),
        )}
        {mapping.files.lines ? (
          <>
            {choice("later", rules.laterLines, ["stand_alone", "as_first"], (laterLines) =>
              change({ laterLines }),
            )}
            {choice("fallback", rules.productFallback, ["reject", "name"], (productFallback) =>
              change({ productFallback }),
            )}
          </>
        ) : null}
        {mapping.files.lines?.shipping || mapping.files.lines?.discount
          ? choice("once", rules.onceAnOrder ? "order" : "line", ["line", "order"], (once) =>
              change({ onceAnOrder: once === "order" }),
            )
          : null}
        {mapping.files.items?.shipping || mapping.files.lines?.shipping
          ? choice("shipping", rules.shipping, ["count_amount", "leave_out"], (shipping) =>
              change({ shipping }),
            )
          : null}
        {choice("dates", rules.dates, ["auto", "iso", "dmy", "mdy", "unix"], (dates) => change({ dates }))}
        {choice("decimal", marks[rules.decimalMark], ["auto", "point", "comma"], (mark) =>
          change({ decimalMark: mark === "point" ? "." : mark === "comma" ? "," : "auto" }),
        )}
        <NumberInput
          label={t("rule.firstYear")}
          description={t("rule.firstYearText")}
          value={rules.firstYear}
          min={1970}
          max={2100}
          clampBehavior="blur"
          allowDecimal={false}
          thousandSeparator=""
          onChange={(year) =>
            typeof year === "number" && year >= 1970 && year <= 2100 ? change({ firstYear: year }) : undefined
          }
        />
        <TextInput
          label={t("rule.channel")}
          description={t("rule.channelText")}
          value={rules.channel}
          maxLength={40}
          onChange={(event) => change({ channel: event.currentTarget.value.trim().toLowerCase() })}
        />
      </Grid>
    </Panel>
  );
}

const marks = { auto: "auto", ".": "point", ",": "comma" } as const;
