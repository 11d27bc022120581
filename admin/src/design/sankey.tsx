import { useElementSize } from "@mantine/hooks";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/hooks.ts";
import { Chart, type ChartOption, type ChartPick, NARROW_CHART } from "./chart.tsx";
import type { ChartTokens } from "./chart-tokens.ts";

export interface FlowNode {
  id: string;
  label: string;
  /** Its column, counted from 0. */
  step: number;
  customers: number;
  /** `lost` is red, `open` (still within their time) grey, `origin` is where they came from. */
  kind?: "step" | "origin" | "open" | "lost";
}

export interface FlowLink {
  source: string;
  target: string;
  customers: number;
}

interface SankeyProps {
  /** The finding in a sentence. */
  title: string;
  nodes: FlowNode[];
  links: FlowLink[];
  height?: number;
  /** Heads of the table: from, to, customers. */
  head: [string, string, string];
  onPickLink?: (link: FlowLink) => void;
  onPickNode?: (node: FlowNode) => void;
}

function colorOf(kind: FlowNode["kind"], tokens: ChartTokens): string {
  if (kind === "lost") return tokens.color.bad;
  if (kind === "origin" || kind === "open") return tokens.color["c-rest"];
  return tokens.color.c1;
}

/**
 * Ways from step to step, as wide as the customers on them; a list where there is no room for bands.
 * Every band leads to its customers.
 */
export function Sankey(props: SankeyProps) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref}>
      {width === 0 ? null : width < NARROW_CHART ? <FlowList {...props} /> : <Bands {...props} />}
    </div>
  );
}

/** The same as the bands: under each step where its customers went, most first. */
function FlowList({ title, nodes, links, onPickLink }: SankeyProps) {
  const { t } = useTranslation("design");
  const f = useFormats();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <section className="flows" aria-label={title}>
      {nodes.map((node) => {
        const onward = links
          .filter((link) => link.source === node.id)
          .sort((a, b) => b.customers - a.customers);
        if (onward.length === 0) return null;
        return (
          <div key={node.id}>
            <h3>
              {node.label} <span className="dim">{f.number(node.customers)}</span>
            </h3>
            <ul className="funnel">
              {onward.map((link) => {
                const target = byId.get(link.target);
                const kind = target?.kind === "lost" ? "lost" : target?.kind === "open" ? "open" : "";
                return (
                  <li key={link.target}>
                    <span className="row spread">
                      <span>{t("flow.to", { step: target?.label })}</span>
                      <LinkCount link={link} onPickLink={onPickLink} />
                    </span>
                    <span className="fbar" aria-hidden="true">
                      <i
                        className={kind}
                        style={{
                          width: `${node.customers > 0 ? (100 * link.customers) / node.customers : 0}%`,
                        }}
                      />
                    </span>
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

/** How many took this way; leads to them where it can. */
function LinkCount({ link, onPickLink }: { link: FlowLink; onPickLink: SankeyProps["onPickLink"] }) {
  const { t } = useTranslation("design");
  const f = useFormats();
  if (!onPickLink) return f.number(link.customers);
  return (
    <button type="button" className="n" title={t("number.customers")} onClick={() => onPickLink(link)}>
      {f.number(link.customers)}
    </button>
  );
}

function Bands({ title, nodes, links, height = 320, head, onPickLink, onPickNode }: SankeyProps) {
  const f = useFormats();
  const lastStep = Math.max(0, ...nodes.map((node) => node.step));
  const option = useCallback(
    (tokens: ChartTokens): ChartOption => {
      const kinds = new Map(nodes.map((node) => [node.id, node.kind]));
      const names = new Map(nodes.map((node) => [node.id, node.label]));
      const side = 132;
      return {
        tooltip: {
          formatter: (point: {
            dataType: string;
            data: FlowLink & { label?: unknown; name?: string };
            value: number;
          }) =>
            point.dataType === "edge"
              ? `${names.get(point.data.source)} → ${names.get(point.data.target)}: <b>${f.number(point.data.customers)}</b>`
              : `${names.get(point.data.name ?? "")}: <b>${f.number(point.value)}</b>`,
        },
        series: [
          {
            type: "sankey",
            left: side,
            right: side,
            top: 8,
            bottom: 22,
            nodeWidth: 8,
            // Two lines of a label stand beside the smallest node, and below the last one.
            nodeGap: 28,
            nodeAlign: "left",
            draggable: false,
            // The order given is the order shown; what is lost stands last.
            layoutIterations: 0,
            data: nodes.map((node) => ({
              name: node.id,
              depth: node.step,
              value: node.customers,
              itemStyle: { color: colorOf(node.kind, tokens), borderWidth: 0 },
              label: {
                position: node.step === 0 ? "left" : "right",
                width: node.step === 0 || node.step === lastStep ? side - 12 : 140,
                overflow: "truncate",
                formatter: `{name|${node.label}}\n{n|${f.number(node.customers)}}`,
                rich: {
                  name: {
                    color: node.kind === "lost" ? tokens.color.bad : tokens.color.ink,
                    fontWeight: 600,
                    fontSize: 12,
                    lineHeight: 15,
                    align: node.step === 0 ? "right" : "left",
                  },
                  n: {
                    color: tokens.color["ink-2"],
                    fontSize: 12,
                    lineHeight: 15,
                    align: node.step === 0 ? "right" : "left",
                  },
                },
                textBorderColor: tokens.color.surface,
                textBorderWidth: 3,
              },
            })),
            links: links.map((link) => ({
              ...link,
              value: link.customers,
              lineStyle: { color: colorOf(kinds.get(link.target), tokens), opacity: 0.2, curveness: 0.5 },
            })),
            emphasis: { lineStyle: { opacity: 0.5 } },
          },
        ],
      };
    },
    [nodes, links, lastStep, f],
  );
  const pick = useCallback(
    ({ dataType, data, name }: ChartPick) => {
      if (dataType === "edge") {
        const { source, target } = data as FlowLink;
        const link = links.find((each) => each.source === source && each.target === target);
        if (link) onPickLink?.(link);
      } else {
        const node = nodes.find((each) => each.id === name);
        if (node) onPickNode?.(node);
      }
    },
    [links, nodes, onPickLink, onPickNode],
  );
  const labels = new Map(nodes.map((node) => [node.id, node.label]));
  return (
    <Chart
      title={title}
      option={option}
      height={height}
      onPick={pick}
      table={{
        head,
        rows: links.map((link) => [
          labels.get(link.source),
          labels.get(link.target),
          <LinkCount key="count" link={link} onPickLink={onPickLink} />,
        ]),
      }}
    />
  );
}
