/* Draws the one kind of chart the desk has: months along, yuan up, one row per plan. The figures
   stand in the table next to it, so the picture is extra and hidden from screen readers.
   ECharts is taken apart to bars and lines; tooltips are drawn on the canvas because the page's
   security policy allows no inline styles. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

function colours() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    ink: read("--ink-2"), line: read("--line"), raised: read("--raised"), text: read("--ink"),
    rows: ["--accent", "--info", "--warn", "--bad", "--ink-3"].map(read),
  };
  probe.remove();
  return found;
}

export function draw(element) {
  const data = JSON.parse(element.dataset.chart);
  const paint = colours();
  const font = getComputedStyle(document.body).fontFamily;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = init(element, null, { renderer: "canvas" });
  chart.setOption({
    animation: !still,
    animationDuration: 250,
    color: paint.rows,
    textStyle: { fontFamily: font, color: paint.ink },
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: paint.ink }, itemWidth: 14, itemHeight: 8 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: paint.raised,
      borderColor: paint.line,
      textStyle: { color: paint.text, fontFamily: font },
      valueFormatter: (value) => (value === null ? "–" : `¥${Number(value).toFixed(2)}`),
    },
    xAxis: { type: "category", data: data.months, axisTick: { show: false }, axisLine: { lineStyle: { color: paint.line } } },
    yAxis: { type: "value", axisLabel: { formatter: "¥{value}" }, splitLine: { lineStyle: { color: paint.line } } },
    series: data.rows.map((row, place) => ({
      name: row.name,
      type: place === 0 ? "bar" : "line",
      data: row.values,
      barMaxWidth: 34,
      lineStyle: { width: 2.5 },
      symbol: "circle",
      symbolSize: 7,
      itemStyle: place === 0 ? { opacity: 0.55, borderRadius: [3, 3, 0, 0] } : {},
    })),
  });
  new ResizeObserver(() => chart.resize()).observe(element);
}
