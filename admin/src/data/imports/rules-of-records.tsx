import { NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Note } from "../../design/note.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { keepsOthers, kindOf } from "./kinds.ts";
import type { Mapping, Rules } from "./queries.ts";
import { useRuleChoice } from "./rule-choice.tsx";

/** What happens to odd lines where each line is a record by itself. */
export function RulesOfRecords({
  mapping,
  sharedWith,
  onChange,
}: {
  mapping: Mapping;
  sharedWith: string[];
  onChange: (mapping: Mapping) => void;
}) {
  const { t } = useTranslation("imports");
  const { rules } = mapping;
  const kind = kindOf(mapping);
  const namesPeople = kind !== "costs";
  const mayKeep = keepsOthers(mapping);
  const change = (part: Partial<Rules>) => onChange({ ...mapping, rules: { ...rules, ...part } });
  const choice = useRuleChoice();
  return (
    <Panel question={t("rules.question")} reading={t("rules.listedReading")} how={[t("rules.listedAlways")]}>
      {sharedWith.length && namesPeople ? (
        <Note tone="warn">{t("rule.shared", { sources: sharedWith.join(", ") })}</Note>
      ) : null}
      <Grid columns="2">
        {namesPeople ? (
          <>
            {choice("kind", rules.customerIds.kind, ["user_id", "source_id", "email"], (idKind) =>
              change({ customerIds: { ...rules.customerIds, kind: idKind } }),
            )}
            {choice("ids", rules.customerIds.removeDecimals ? "clean" : "asis", ["clean", "asis"], (ids) =>
              change({ customerIds: { ...rules.customerIds, removeDecimals: ids === "clean" } }),
            )}
          </>
        ) : null}
        {namesPeople && kind !== "customers" && kind !== "consents"
          ? choice("listedNobody", rules.withoutCustomer, ["count_revenue", "leave_out"], (withoutCustomer) =>
              change({ withoutCustomer }),
            )
          : null}
        {mayKeep ? (
          <>
            {choice("others", rules.otherColumns, ["keep", "leave_out"], (otherColumns) =>
              change({ otherColumns }),
            )}
            {rules.otherColumns === "keep" ? (
              <TagsInput
                label={t("rule.without")}
                description={t("rule.withoutText")}
                value={rules.withoutColumns}
                onChange={(withoutColumns) => change({ withoutColumns })}
              />
            ) : null}
          </>
        ) : null}
        {kind === "events"
          ? choice("overlap", rules.overlap, ["drop", "keep"], (overlap) => change({ overlap }))
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
        {kind === "customers" || kind === "consents" ? null : (
          <TextInput
            label={t("rule.channel")}
            description={t("rule.listedChannelText")}
            value={rules.channel}
            maxLength={40}
            onChange={(event) => change({ channel: event.currentTarget.value.trim().toLowerCase() })}
          />
        )}
      </Grid>
    </Panel>
  );
}

const marks = { auto: "auto", ".": "point", ",": "comma" } as const;
