import { useTranslation } from "react-i18next";
import { Interval } from "../../design/interval.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Figures } from "./queries.ts";

/** What members are expected to pay together, with its interval, and how many are not in it. */
export function Expected({ of, size = "inline" }: { of: Figures; size?: "inline" | "lg" }) {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const left = of.leftOut ? t("expected.leftOut", { count: of.leftOut, n: f.number(of.leftOut) }) : null;
  if (!of.expected) return <span>–{left ? <span className="sub">{left}</span> : null}</span>;
  const { expectedMinor, low95Minor, high95Minor } = of.expected;
  return (
    <Interval
      size={size}
      estimate={{ value: expectedMinor, low: low95Minor, high: high95Minor }}
      format={(minor) => f.money(minor, { compact: true })}
      note={left}
    />
  );
}
