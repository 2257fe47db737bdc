/**
 * comparison.svg: the AUC of every contender with its interval, and under it what each claim is
 * about, the difference to its subject. A row a contender; what lies to the right of the line at 0
 * speaks for the claim.
 */
import type { Claim, Comparison, Metric as FullMetric } from "../compare/comparison.ts"
import { LEVEL } from "../eval/interval.ts"
import { fixed } from "../text/table.ts"
import { type ChartOptions, chartSvg } from "./chart.ts"
import type { ShownComparison } from "./comparison_file.ts"

/** A comparison, or what a report reads of one, with the counts of the run's images. */
type Drawn = Pick<ShownComparison, "contenders" | "differences" | "claims"> &
  Partial<Pick<Comparison, "level">> & { config: { data: { images: number; groups: number } } }
type Metric = Pick<FullMetric, "value" | "interval">
type Series = Extract<ChartOptions["series"], unknown[]>[number]

const WIDTH = 860
const ROW = 24
const LEFT = 220
const RIGHT = 190
const HEAD = 44
const FOOT = 46
const INK = "#1f2328"
const FAINT = "#8c959f"
const LINES = "#eaeef2"
/** Colour-blind people tell these apart: Okabe and Ito. */
const COLOURS = { cnn: "#d55e00", traditional: "#0072b2", open: "#8c959f" }

interface Line {
  name: string
  metric: Metric
  colour: string
}

interface Panel {
  title: string
  axis: string
  /** Where a vertical line stands: what chance has. */
  zero: number
  lines: Line[]
}

/** As an SVG document on white, or within a page in the page's colours. */
export async function comparisonSvg(comparison: Drawn, isInPage = false): Promise<string> {
  const panels = [aucPanel(comparison), ...comparison.claims.map((claim) => claimPanel(comparison, claim))]
  let top = 0
  const drawn = panels.map((panel, index) => {
    const height = panel.lines.length * ROW
    const at = top + HEAD
    top += HEAD + height + FOOT
    return panelOf(panel, index, at, height)
  })
  const options: ChartOptions = {
    title: drawn.map(({ title }) => title),
    grid: drawn.map(({ grid }) => grid),
    xAxis: drawn.map(({ xAxis }) => xAxis),
    yAxis: drawn.map(({ yAxis }) => yAxis),
    series: drawn.flatMap(({ series }) => series),
  }
  const svg = await chartSvg(isInPage ? { ...options, backgroundColor: "transparent" } : options, {
    width: WIDTH,
    height: top,
  })
  if (!isInPage) return svg
  const ofPage: [string, string][] = [[INK, "var(--ink)"], [FAINT, "var(--soft)"], [LINES, "var(--edge)"], [COLOURS.cnn, "var(--c1)"], [COLOURS.traditional, "var(--c0)"]] // biome-ignore format: pairs
  return ofPage.reduce((text, [own, variable]) => text.replaceAll(own, variable), svg)
}

function aucPanel({ contenders, config, level = LEVEL }: Drawn): Panel {
  const { images, groups } = config.data
  return {
    title: `AUC out of fold, ${images} images in ${groups} groups, with ${level * 100} % intervals`,
    axis: "AUC; 0.5 is chance",
    zero: 0.5,
    lines: contenders.map(({ title, auc, kind }) => ({ name: title, metric: auc, colour: COLOURS[kind] })),
  }
}

function claimPanel({ contenders, differences }: Drawn, { claim, subject, better, worse, open }: Claim): Panel {
  const titleOf = (id: string) => contenders.find((row) => row.id === id)!.title
  const others = contenders.map(({ id }) => id).filter((id) => [...better, ...worse, ...open].includes(id))
  const what = claim === "cnn-beats-traditional" ? "the traditional methods" : "the other optimisers"
  return {
    title: `${titleOf(subject)}, beside ${what}`,
    axis: `AUC of ${titleOf(subject)} minus AUC of the other; grey where the interval holds 0: nothing is shown`,
    zero: 0,
    lines: others.map((id) => {
      const colour = better.includes(id) ? COLOURS.cnn : worse.includes(id) ? COLOURS.traditional : COLOURS.open
      return { name: titleOf(id), metric: fromSubject(differences, subject, id), colour }
    }),
  }
}

/** The difference as the claim has it. */
function fromSubject(differences: Drawn["differences"], subject: string, other: string): Metric {
  const found = differences.find(({ a, b }) => (a === subject && b === other) || (a === other && b === subject))!
  if (found.a === subject) return found
  const { value, interval } = found
  return { value: value === null ? null : -value, interval: interval && [-interval[1], -interval[0]] }
}

function panelOf({ title, axis, zero, lines }: Panel, index: number, top: number, height: number) {
  const all = lines
    .flatMap(({ metric }) => [metric.value, ...(metric.interval ?? [])])
    .filter((value) => value !== null)
  const step = 0.1
  const min = Math.floor((Math.min(zero, ...all) - 1e-9) / step) * step
  const max = Math.ceil((Math.max(zero, ...all) + 1e-9) / step) * step
  const [first, last] = [Number(min.toFixed(1)), Number(Math.min(max, Math.max(zero, 1)).toFixed(1))]
  const on = { xAxisIndex: index, yAxisIndex: index }
  const rows = lines.flatMap(({ metric, colour }, row) => rowSeries(metric, colour, row, last))
  return {
    title: { text: title, left: 12, top: top - 32, textStyle: { color: INK, fontSize: 14 } },
    grid: { left: LEFT, top, width: WIDTH - LEFT - RIGHT, height },
    xAxis: {
      ...{ type: "value" as const, gridIndex: index, min: first, max: last, interval: step },
      ...{ name: axis, nameLocation: "middle" as const, nameGap: 24, nameTextStyle: { color: FAINT, fontSize: 11 } },
      axisLabel: { color: INK, formatter: (value: number) => value.toFixed(1) },
      splitLine: { lineStyle: { color: LINES } },
    },
    yAxis: {
      ...{ type: "category" as const, gridIndex: index, inverse: true, data: lines.map(({ name }) => name) },
      ...{ axisLabel: { color: INK, interval: 0 }, axisTick: { show: false }, axisLine: { show: false } },
    },
    series: [zeroLine(zero, lines.length), ...rows].map((series) => ({ ...series, ...on })),
  }
}

const line = (data: [number, number][], lineStyle: object): Series => ({
  ...{ type: "line", silent: true, symbol: "none", data, lineStyle },
})

/** From the first row to the last. */
const zeroLine = (x: number, rows: number): Series =>
  line([...Array(rows).keys()].map((row) => [x, row]), { color: FAINT, width: 1.5, type: "dashed" }) // biome-ignore format: short

/** Interval, point, and both in digits to the right of the plot. */
function rowSeries({ value, interval }: Metric, colour: string, row: number, right: number): Series[] {
  const text = `${fixed(value)}${interval ? `  (${fixed(interval[0])} to ${fixed(interval[1])})` : ""}`
  const label = { show: true, position: "right" as const, distance: 12, color: INK, fontSize: 11, formatter: text }
  const point = (x: number, size: number, more: object): Series => ({
    ...{ type: "scatter", silent: true, clip: false, symbolSize: size, data: [[x, row]], ...more },
  })
  return [
    ...(interval ? [line([[interval[0], row], [interval[1], row]], { color: colour, width: 3 })] : []), // biome-ignore format: a pair
    ...(value === null ? [] : [point(value, 9, { itemStyle: { color: colour, opacity: 1 } })]),
    point(right, 0.1, { itemStyle: { color: "transparent", opacity: 1 }, label }),
  ]
}
