/**
 * A chart within a page: colours are the page's variables, the size is the column's, the legend is
 * text.
 */
import type { BarSeriesOption, LineSeriesOption, ScatterSeriesOption } from "echarts/charts"
import type { XAXisOption, YAXisOption } from "echarts/types/dist/shared"
import { plural } from "../text/plural.ts"
import { type ChartOptions, chartSvg } from "./chart.ts"
import { type Html, html, raw } from "./html.ts"

const COLOURS = 8

/** The k-th colour of the page. */
export const colour = (k: number): string => `var(--c${k % COLOURS})`

export interface LegendEntry {
  name: string
  colour: string
  dashed?: boolean
  /** A sign in place of the line. */
  mark?: string
}

interface Axis {
  name: string
  min?: number
  max?: number
  interval?: number
  minInterval?: number
}

export interface PageChart {
  title: string
  /** For those who cannot see it. */
  label: string
  x: Axis
  y: Axis
  series: (BarSeriesOption | LineSeriesOption | ScatterSeriesOption)[]
  legend?: readonly LegendEntry[]
  caption?: string
  height?: number
  /** Whether the plot is as high as wide: both axes are shares. */
  square?: boolean
  /** A mark that a script may move; both axes need min and max. */
  spot?: Spot
}

export interface Spot {
  name: string
  x: number
  y: number
}

/** In pixels of the SVG, which is scaled to its column: letters are legible in the narrowest. */
const WIDTH = 400
const GRID = { left: 52, right: 16, top: 14, bottom: 44 }
/** Height of a square plot. */
const SQUARE = WIDTH - GRID.left - GRID.right + GRID.top + GRID.bottom

/** An axis of shares. */
export const unit = (name: string) => ({ name, min: 0, max: 1, interval: 0.2 })

export async function chartHtml(chart: PageChart): Promise<Html> {
  const { title, label, x, y, series, legend = [], caption, square, spot } = chart
  const height = square ? SQUARE : (chart.height ?? 310)
  const options: ChartOptions = {
    backgroundColor: "transparent",
    grid: GRID,
    xAxis: axis(x, 28) as XAXisOption,
    yAxis: axis(y, 38) as YAXisOption,
    series: series.map((one) => ({ silent: true, ...one })) as ChartOptions["series"],
  }
  const svg = (await chartSvg(options, { width: WIDTH, height }))
    .replace("<svg ", `<svg role="img" aria-label="${html`${label}`.text}" `)
    .replace(/<\/svg>\s*$/, `${spot ? spotSvg(spot, chart, height) : ""}</svg>`)
  const entries = legend.map(
    ({ name, colour, dashed, mark }) =>
      html`<li style="--of:${colour}${mark && `;--mark:'${mark}'`}" class="${dashed && "dashed"}${mark && "mark"}">${name}</li>`,
  )
  return html`<figure class="chart"><h3>${title}</h3>${raw(svg)}
${entries.length > 0 && html`<ul class="legend">${entries}</ul>`}${caption && html`<figcaption>${caption}</figcaption>`}</figure>
`
}

/** data-frame: cx = a + b x, cy = c + d y, for y from e to f. */
function spotSvg({ name, x, y }: Spot, { x: across, y: up }: PageChart, height: number): string {
  const [left, right, low, high] = [across.min!, across.max!, up.min!, up.max!]
  const wide = (WIDTH - GRID.left - GRID.right) / (right - left)
  const tall = -(height - GRID.top - GRID.bottom) / (high - low)
  const [a, c] = [GRID.left - wide * left, height - GRID.bottom - tall * low]
  const frame = [a, wide, c, tall, low, high].map((value) => Number(value.toFixed(3)))
  const place = `cx="${(a + wide * x).toFixed(1)}" cy="${(c + tall * Math.min(high, Math.max(low, y))).toFixed(1)}"`
  return `<circle class="spot" data-spot="${name}" data-frame="${frame.join(" ")}" ${place} r="7"/>`
}

const axis = (own: Axis, nameGap: number) => ({
  type: "value",
  ...own,
  nameLocation: "middle",
  nameGap,
  nameTextStyle: { color: "var(--soft)", fontSize: 12 },
  axisLine: { show: true, lineStyle: { color: "var(--soft)" } },
  axisTick: { lineStyle: { color: "var(--soft)" } },
  axisLabel: { color: "var(--soft)", fontSize: 12 },
  splitLine: { lineStyle: { color: "var(--edge)" } },
})

/**
 * Where an axis ends that starts at 0: at the largest value, or under a few that would flatten all
 * others.
 */
export function scaleOf(values: readonly number[]): { max?: number; caption?: string } {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  const usual = 3 * (sorted[Math.floor(0.9 * (sorted.length - 1))] ?? 0)
  const beyond = sorted.filter((value) => value > usual)
  if (usual <= 0 || beyond.length === 0) return {}
  const caption = `${plural(beyond.length, "value")} off the scale, up to ${Number(beyond.at(-1)!.toPrecision(3))}.`
  return { max: Number(usual.toPrecision(1)), caption }
}

export const line = (
  data: readonly (readonly [number, number])[],
  colour: string,
  { width = 2, dashed = false, opacity = 1 } = {},
): LineSeriesOption => ({
  type: "line",
  data: data.map((point) => [...point]),
  showSymbol: false,
  lineStyle: { color: colour, width, type: dashed ? "dashed" : "solid", opacity },
  itemStyle: { color: colour },
})

/**
 * What lies between two curves over the same x: the lower one unseen, and the difference stacked on
 * it.
 */
export function between(
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
  colour: string,
  stack: string,
): LineSeriesOption[] {
  const unseen = { lineStyle: { opacity: 0 }, showSymbol: false, stack, itemStyle: { color: colour } }
  return [
    { ...unseen, type: "line", data: x.map((at, i) => [at, low[i]]) },
    {
      ...unseen,
      type: "line",
      data: x.map((at, i) => [at, high[i] - low[i]]),
      areaStyle: { color: colour, opacity: 0.2 },
    },
  ]
}
