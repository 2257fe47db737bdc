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

/**
 * Only when there is something to draw, and as one file: its hundreds of modules took half a second
 * to find and read.
 */
// @ts-expect-error: the package has types for its modules only.
const load = (): Promise<typeof import("echarts")> => import("echarts/dist/echarts.esm.min.mjs")
