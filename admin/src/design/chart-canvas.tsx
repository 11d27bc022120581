import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { ChartOption, ChartPick } from "./chart.tsx";

// Only what is named here is bundled. A new kind of series is added to this list.
echarts.use([
  AriaComponent,
  BarChart,
  CustomChart,
  DatasetComponent,
  GridComponent,
  HeatmapChart,
  LabelLayout,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  SankeyChart,
  ScatterChart,
  SVGRenderer,
  TooltipComponent,
  VisualMapComponent,
]);

interface CanvasProps {
  option: ChartOption;
  width: number;
  height: number;
  onPick?: ((pick: ChartPick) => void) | undefined;
}

/** The drawing itself, in a chunk of its own with ECharts. */
export default function ChartCanvas({ option, width, height, onPick }: CanvasProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    if (!place.current) return;
    const made = echarts.init(place.current, undefined, { renderer: "svg", width: 1, height: 1 });
    made.on("click", (event) => {
      pick.current?.({
        seriesName: event.seriesName,
        name: event.name,
        dataIndex: event.dataIndex,
        dataType: event.dataType,
        data: event.data,
      });
    });
    chart.current = made;
    return () => {
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.resize({ width, height });
    chart.current?.setOption(option, { notMerge: true });
  }, [option, width, height]);

  return <div ref={place} style={{ width: "100%", height }} />;
}
