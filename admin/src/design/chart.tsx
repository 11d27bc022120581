import { Menu } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconChartLine, IconDots, IconTable } from "@tabler/icons-react";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, type ReactNode, Suspense, useContext, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Icon } from "./button.tsx";
import { type ChartTokens, chartTokens, useShownScheme } from "./chart-tokens.ts";
import { PanelToolsContext } from "./panel.tsx";

export type ChartOption = EChartsCoreOption;

/** What was pressed in a chart. */
export interface ChartPick {
  seriesName?: string | undefined;
  name: string;
  dataIndex: number;
  dataType?: string | undefined;
  data: unknown;
}

/** The same figures as text: the way to read a chart without seeing it, and to copy it. */
export interface ChartTable {
  head: string[];
  rows: ReactNode[][];
}

interface ChartProps {
  /** The figure's finding in a sentence, for those who do not see it. */
  title: string;
  /** Draws for this width, anew for a narrow one. Keep it constant between renders (`useCallback`). */
  option: (tokens: ChartTokens, width: number) => ChartOption;
  table: ChartTable;
  height?: number;
  /** Pressing a mark; mostly opens its customers. */
  onPick?: (pick: ChartPick) => void;
  /** Labels at line ends and swatches, where they do not fit into the drawing. */
  legend?: ReactNode;
}

const Canvas = lazy(() => import("./chart-canvas.tsx"));

/** Below this width a drawing is laid out anew, not shrunk. */
export const NARROW_CHART = 480;

/** A figure drawn by ECharts in the product's colours, which can also be read as a table. */
export function Chart({ title, option, table, height = 240, onPick, legend }: ChartProps) {
  const { t } = useTranslation("design");
  const scheme = useShownScheme();
  const { ref, width } = useElementSize();
  const [asTable, setAsTable] = useState(false);
  const tools = useContext(PanelToolsContext);
  const drawn = useMemo(() => {
    if (width === 0) return undefined;
    const tokens = chartTokens(scheme);
    return { ...baseOption(tokens), ...option(tokens, width) };
  }, [scheme, width, option]);

  const menu = (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className="btn quiet sq chartmenu" aria-label={t("chart.menu", { title })}>
          <Icon of={IconDots} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<Icon of={asTable ? IconChartLine : IconTable} />}
          onClick={() => setAsTable((before) => !before)}
        >
          {t(asTable ? "chart.asFigure" : "chart.asTable")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <figure className="chartbox" ref={ref}>
      {tools ? createPortal(menu, tools) : menu}
      {asTable ? (
        <PlainTable title={title} table={table} height={height} />
      ) : (
        <>
          <div role="img" aria-label={title} style={{ height }}>
            <Suspense fallback={<i className="sk" style={{ height }} />}>
              {drawn ? <Canvas option={drawn} width={width} height={height} onPick={onPick} /> : null}
            </Suspense>
          </div>
          {legend ? <figcaption className="legend">{legend}</figcaption> : null}
        </>
      )}
    </figure>
  );
}

function PlainTable({ title, table, height }: { title: string; table: ChartTable; height: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="wrap" aria-label={title} tabIndex={0} style={{ maxHeight: Math.max(height, 240) }}>
      <table className="tbl">
        <thead>
          <tr>
            {table.head.map((head, index) => (
              <th key={head} scope="col" className={index > 0 ? "r" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a drawing have no other name.
            <tr key={index}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of a drawing have no other name.
                <td key={column} className={column > 0 ? "r" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What every chart has in common: type, colours, a quiet tooltip, no motion. */
function baseOption(tokens: ChartTokens): ChartOption {
  const { color } = tokens;
  return {
    animation: false,
    textStyle: { fontFamily: tokens.font, fontSize: 12, color: color["ink-3"] },
    color: [color.c1, color.c2, color.c3, color.c4, color.c5, color.c6],
    aria: { enabled: false },
    tooltip: {
      confine: true,
      backgroundColor: color.ink,
      borderWidth: 0,
      padding: [6, 10],
      textStyle: { color: color.page, fontSize: 12 },
    },
  };
}

type AxisOption = Record<string, unknown>;

/** A value axis with quiet grid lines; bars start at zero by themselves. */
export function valueAxis(tokens: ChartTokens, more: AxisOption = {}): AxisOption {
  const { axisLabel, ...rest } = more as { axisLabel?: AxisOption };
  return {
    type: "value",
    splitNumber: 3,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: tokens.color.grid } },
    axisLabel: { color: tokens.color["ink-3"], fontSize: 12, ...axisLabel },
    ...rest,
  };
}

/** A category or time axis without grid lines. */
export function baseAxis(tokens: ChartTokens, more: AxisOption = {}): AxisOption {
  const { axisLabel, ...rest } = more as { axisLabel?: AxisOption };
  return {
    type: "category",
    axisLine: { lineStyle: { color: tokens.color["line-strong"] } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: tokens.color["ink-3"], fontSize: 12, hideOverlap: true, ...axisLabel },
    ...rest,
  };
}

/**
 * A band between two lines, as ECharts draws it: an unseen line at the lower end and the difference
 * stacked on it. `low` and `high` follow the axis' categories. Both ends must be given where one is.
 */
export function bandSeries(
  tokens: ChartTokens,
  band: { id: string; low: number[]; high: number[]; color: string; core?: boolean },
): Record<string, unknown>[] {
  const shared = {
    type: "line",
    stack: band.id,
    stackStrategy: "all",
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
  };
  return [
    { ...shared, id: `${band.id}-low`, data: band.low },
    {
      ...shared,
      id: `${band.id}-high`,
      data: band.high.map((high, index) => high - (band.low[index] ?? 0)),
      areaStyle: { color: band.color, opacity: band.core ? tokens.bandCore : tokens.band },
    },
  ];
}

/** A line: solid when observed, dashed when modelled. */
export function lineSeries(line: {
  id: string;
  name?: string;
  data: unknown[];
  color: string;
  modelled?: boolean;
}): Record<string, unknown> {
  return {
    type: "line",
    id: line.id,
    name: line.name ?? line.id,
    data: line.data,
    symbol: "none",
    lineStyle: {
      color: line.color,
      width: 2,
      type: line.modelled ? [5, 4] : "solid",
      cap: "round",
      join: "round",
    },
    itemStyle: { color: line.color },
  };
}
