/**
 * Charts as SVG, by ECharts: https://echarts.apache.org/handbook/en/how-to/cross-platform/server
 */
import type { BarSeriesOption, LineSeriesOption, ScatterSeriesOption } from "echarts/charts"
import type { GridComponentOption, TitleComponentOption } from "echarts/components"
import type { ComposeOption } from "echarts/core"

/** What a chart may hold; another kind is a word here and in `load`. */
export type ChartOptions = ComposeOption<
  BarSeriesOption | LineSeriesOption | ScatterSeriesOption | GridComponentOption | TitleComponentOption
>

/** @returns an SVG document; nothing in it moves */
export async function chartSvg(options: ChartOptions, size: { width: number; height: number }): Promise<string> {
  const { init } = await load()
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size })
  try {
    chart.setOption({ animation: false, backgroundColor: "#fff", textStyle: { fontFamily: "sans-serif" }, ...options })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** Only when there is something to draw: it takes half a second to load. */
async function load() {
  const [core, charts, components, renderers] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ])
  core.use([
    ...[charts.BarChart, charts.LineChart, charts.ScatterChart],
    ...[components.GridComponent, components.TitleComponent, renderers.SVGRenderer],
  ])
  return core
}
