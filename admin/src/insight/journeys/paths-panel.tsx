import { NativeSelect } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useChannelName, useEventName } from "../../data/customers/touchpoint.ts";
import { Panel, stateOf } from "../../design/panel.tsx";
import { type FlowLink, type FlowNode, Sankey } from "../../design/sankey.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { fileAddress } from "../../shell/api.ts";
import type { JourneySearch } from "./asks.ts";
import type { PathsAnswer, PathsAsk } from "./queries.ts";

const windows = [14, 30, 90, 180, 365];
const folded = "\u2026";

interface Place {
  column: number;
  label: string;
}

const idOf = ({ column, label }: Place) => JSON.stringify([column, label]);
const placeOf = (id: string): Place => {
  const [column, label] = JSON.parse(id) as [number, string];
  return { column, label };
};

/** From the first contact to the first purchase and the second, with where the ways end. */
export function PathsPanel({
  ask,
  answer,
  search,
  onChange,
}: {
  ask: PathsAsk;
  answer: UseQueryResult<PathsAnswer>;
  search: JourneySearch;
  onChange: (change: Partial<JourneySearch>) => void;
}) {
  const { t } = useTranslation("journeys");
  const f = useFormats();
  const navigate = useNavigate();
  const eventName = useEventName();
  const channelName = useChannelName();
  const data = answer.data;
  const question = t("ways");
  const firstOutcome = (data?.columns ?? 2) - 2;
  const { nodes, links } = useMemo(() => {
    const nameOf = ({ column, label }: Place): string => {
      if (column >= firstOutcome)
        return t(`outcome.${column === firstOutcome ? "first" : "second"}.${label}`);
      if (label === folded) return t("others");
      if (ask.by === "event") return label ? eventName(label) : t("unnamed");
      return label ? channelName(label) : t("noChannel");
    };
    const kindOf = ({ column, label }: Place): NonNullable<FlowNode["kind"]> => {
      if (column === 0) return "origin";
      if (column >= firstOutcome && label === "left") return "lost";
      if (column >= firstOutcome && label === "waiting") return "open";
      return "step";
    };
    // Within a column what was lost stands last, and what may still come before it.
    const rank = { step: 0, origin: 0, open: 1, lost: 2 };
    const shownNodes: FlowNode[] = (data?.nodes ?? [])
      .map((node) => ({
        id: idOf(node),
        label: nameOf(node),
        step: node.column,
        customers: node.customers,
        kind: kindOf(node),
      }))
      .sort((a, b) => a.step - b.step || rank[a.kind] - rank[b.kind] || b.customers - a.customers);
    const shownLinks: FlowLink[] = (data?.links ?? []).map((link) => ({
      source: idOf({ column: link.fromColumn, label: link.from }),
      target: idOf({ column: link.toColumn, label: link.to }),
      customers: link.customers,
    }));
    return { nodes: shownNodes, links: shownLinks };
  }, [data, firstOutcome, ask.by, t, eventName, channelName]);

  const worst = (data?.links ?? [])
    .filter((link) => link.to === "left" && link.toColumn >= firstOutcome)
    .sort((a, b) => b.customers - a.customers)[0];
  const worstNode =
    worst && nodes.find((node) => node.id === idOf({ column: worst.fromColumn, label: worst.from }));
  // What small ones are folded into has no name of its own to ask for: it is all but the named ones.
  const placeIn = ({ column, label }: Place) =>
    label === folded
      ? {
          column,
          not: (data?.nodes ?? [])
            .filter((node) => node.column === column && node.label !== folded)
            .map((node) => node.label),
        }
      : { column, label };
  const open = (at: Place, next?: Place) => {
    void navigate({
      to: "/customers",
      search: {
        filter: "journeys.path",
        value: JSON.stringify({ ask, at: placeIn(at), ...(next ? { next: placeIn(next) } : {}) }),
        from: question,
      } as never,
    });
  };
  return (
    <Panel
      question={question}
      reading={
        worst && worstNode ? (
          <Trans
            t={t}
            i18nKey="worst"
            components={{ b: <b /> }}
            values={{
              lost: f.number(worst.customers),
              all: f.number(worstNode.customers),
              step: worstNode.label,
              days: ask.windowDays,
            }}
          />
        ) : null
      }
      actions={
        <>
          <NativeSelect
            aria-label={t("by")}
            value={ask.by ?? "channel"}
            data={[
              { value: "channel", label: t("byChannel") },
              { value: "event", label: t("byEvent") },
            ]}
            onChange={(event) =>
              onChange({ by: event.currentTarget.value === "event" ? "event" : "channel" })
            }
          />
          <NativeSelect
            aria-label={t("touches")}
            value={String(search.touches ?? 1)}
            data={[0, 1, 2, 3].map((count) => ({ value: String(count), label: t("touchCount", { count }) }))}
            onChange={(event) => onChange({ touches: Number(event.currentTarget.value) })}
          />
          <NativeSelect
            aria-label={t("window")}
            value={String(ask.windowDays)}
            data={windows.map((days) => ({ value: String(days), label: t("withinDays", { count: days }) }))}
            onChange={(event) => onChange({ days: Number(event.currentTarget.value) })}
          />
          <a
            className="btn quiet"
            href={fileAddress("/api/insight/journeys/paths.csv", { ask: JSON.stringify(ask) })}
            download
          >
            CSV
          </a>
        </>
      }
      how={[t("waysHow"), t("leftHow", { days: ask.windowDays }), t("foldedHow")]}
      state={stateOf(answer, {
        shape: "chart",
        height: 400,
        empty: (found) =>
          found.customers === 0 && <EmptyState title={t("nobody")}>{t("nobodyText")}</EmptyState>,
      })}
    >
      <Sankey
        title={question}
        nodes={nodes}
        links={links}
        height={Math.max(320, Math.min(560, nodes.length * 26))}
        head={[t("headFrom"), t("headTo"), t("customers")]}
        onPickLink={(link) => open(placeOf(link.source), placeOf(link.target))}
        onPickNode={(node) => open(placeOf(node.id))}
      />
    </Panel>
  );
}
