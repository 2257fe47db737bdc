/**
 * The roofline plot: what each rung reaches, over the operations that it makes of a byte, under the
 * adapter's ceilings. A panel a ladder and shape; the axes are logarithmic and the same in all
 * panels.
 */
import { type ChartOptions, chartSvg } from "../src/report/chart.ts"
import { digits } from "./digits.ts"
import type { Measured } from "./measure.ts"
import type { BenchResult } from "./run.ts"

type Point = [x: number, y: number]
type Series = Extract<ChartOptions["series"], unknown[]>[number]

const COLUMNS = 2
const PANEL = { width: 600, height: 350 }
const MARGIN = { left: 70, right: 20, top: 40, bottom: 50 }
const PLOT = { width: PANEL.width - MARGIN.left - MARGIN.right, height: PANEL.height - MARGIN.top - MARGIN.bottom }
const HEAD = 56
const INK = "#1f2328"
const FAINT = "#8c959f"
const COLOUR = "#0072b2"

/** Ladders without operations have no place in it. */
export const hasRoofline = (result: BenchResult): boolean => panelsOf(result).length > 0

interface Panel extends Measured {
  ladder: string
}

const panelsOf = ({ ladders }: BenchResult): Panel[] =>
  ladders
    .flatMap(({ ladder, shapes }) => shapes.map((shape) => ({ ladder, ...shape })))
    .filter(({ flops, bytes, rungs }) => flops > 0 && bytes > 0 && rungs.length > 0)

/** An SVG document. */
export function rooflineSvg(result: BenchResult): Promise<string> {
  const panels = panelsOf(result)
  const axes = axesOf(panels)
  const columns = Math.min(COLUMNS, panels.length)
  const size = { width: columns * PANEL.width, height: HEAD + Math.ceil(panels.length / columns) * PANEL.height }
  const drawn = panels.map((panel, i) => {
    const left = (i % columns) * PANEL.width
    return panelOf(panel, i, axes, left, HEAD + Math.floor(i / columns) * PANEL.height)
  })
  const { adapter, cores, date } = result
  const title = {
    text: `${adapter.name}, ${cores} cores, ${date.slice(0, 10)}`,
    subtext:
      "What each rung reaches, over the operations that it makes of a byte, under what the adapter could. " +
      "Bold: no other is faster, but by chance.",
    ...{ left: 12, top: 8, textStyle: { color: INK, fontSize: 16 }, subtextStyle: { color: FAINT, fontSize: 12 } },
  }
  const options: ChartOptions = {
    title: [title, ...drawn.map((panel) => panel.title)],
    grid: drawn.map((panel) => panel.grid),
    xAxis: drawn.map((panel) => panel.xAxis),
    yAxis: drawn.map((panel) => panel.yAxis),
    series: drawn.flatMap((panel) => panel.series),
  }
  return chartSvg(options, size)
}

interface Axes {
  x: [min: number, max: number]
  y: [min: number, max: number]
}

const intensity = ({ flops, bytes }: Measured): number => flops / bytes

/** Whole decades around all points and the corner of every roof. */
function axesOf(shapes: Measured[]): Axes {
  const decades = (values: number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log10)
    return [10 ** Math.floor(low), 10 ** Math.ceil(high)]
  }
  const corners = shapes.map(({ ceilings: { gflops, gbs } }) => gflops / gbs)
  const reached = shapes.flatMap(({ rungs }) => rungs.map(({ gflops }) => gflops))
  return {
    x: decades([...shapes.map(intensity), ...corners]),
    y: decades([...reached, ...shapes.map(({ ceilings }) => ceilings.gflops)]),
  }
}

function panelOf(panel: Panel, index: number, axes: Axes, left: number, top: number) {
  const axis = { type: "log" as const, gridIndex: index, axisLabel: { color: INK }, nameTextStyle: { color: INK } }
  const nameAxis = { nameLocation: "middle" as const, splitLine: { lineStyle: { color: "#eaeef2" } } }
  return {
    title: {
      ...{ text: `${panel.ladder}  ${panel.shape}`, left: left + MARGIN.left - 5, top: top + 8 },
      textStyle: { color: INK, fontSize: 14 },
    },
    grid: { left: left + MARGIN.left, top: top + MARGIN.top, ...PLOT },
    xAxis: { ...axis, ...nameAxis, name: "FLOP a byte", nameGap: 28, min: axes.x[0], max: axes.x[1] },
    yAxis: { ...axis, ...nameAxis, name: "GFLOP/s", nameGap: 48, min: axes.y[0], max: axes.y[1] },
    series: [...roof(panel, axes), ...points(panel, axes)].map((series) => {
      return { ...series, xAxisIndex: index, yAxisIndex: index }
    }),
  }
}

/** Pixels a decade. */
const decadeOf = ({ x, y }: Axes) => ({
  x: PLOT.width / Math.log10(x[1] / x[0]),
  y: PLOT.height / Math.log10(y[1] / y[0]),
})

/** The two ceilings, each with its figure; that of memory where the labels of the rungs are not. */
function roof(panel: Panel, axes: Axes): Series[] {
  const { x, y } = axes
  const { gflops, gbs } = panel.ceilings
  const corner = gflops / gbs
  const start = Math.max(x[0], y[0] / gbs)
  const isLeft = intensity(panel) < start * (corner / start) ** 0.35
  const on = start * (corner / start) ** (isLeft ? 0.75 : 0.25)
  const decade = decadeOf(axes)
  const slope = (Math.atan2(decade.y, decade.x) * 180) / Math.PI
  const label = { color: FAINT, fontSize: 11 }
  return [
    line([[start, gbs * start], [corner, gflops], [x[1], gflops]], { color: FAINT, width: 2 }), // biome-ignore format: a table
    text([x[1], gflops], `${gflops.toPrecision(3)} GFLOP/s in registers`, {
      ...label,
      position: "left",
      offset: [0, -9],
    }),
    text([on, gbs * on], `${gbs.toPrecision(2)} GB/s copying`, { ...label, position: "top", rotate: slope }),
  ]
}

const LABEL = { height: 14, distance: 14 }

/**
 * One above the other, since the intensity is the same for all rungs; the labels beside them, none
 * over another.
 */
function points(panel: Panel, axes: Axes): Series[] {
  const at = intensity(panel)
  const decade = decadeOf(axes)
  const isRight = at > Math.sqrt(axes.x[0] * axes.x[1])
  const beside = at * 10 ** (((isRight ? -1 : 1) * LABEL.distance) / decade.x)
  const rungs = [...panel.rungs].sort((a, b) => a.gflops - b.gflops)
  const heights = spread(
    rungs.map(({ gflops }) => Math.log10(gflops) * decade.y),
    LABEL.height,
  ).map((pixels) => 10 ** (pixels / decade.y))
  const label = { color: INK, fontSize: 11, position: isRight ? ("left" as const) : ("right" as const), distance: 2 }
  return [
    ...rungs.map(({ gflops }, i) => line([[at, gflops], [beside, heights[i]]], { color: FAINT, width: 0.7 })), // biome-ignore format: a table
    {
      type: "scatter",
      silent: true,
      symbolSize: 7,
      itemStyle: { color: COLOUR, opacity: 1 },
      data: rungs.map(({ gflops }) => [at, gflops]),
    },
    ...rungs.map(({ rung, gflops, fastest }, i) =>
      text([beside, heights[i]], `${rung}  ${digits(gflops)}`, { ...label, fontWeight: fastest ? "bold" : "normal" }),
    ),
  ]
}

const line = (data: Point[], lineStyle: object): Series => ({
  type: "line",
  silent: true,
  symbol: "none",
  data,
  lineStyle,
})

/**
 * At a point that itself is not seen, and may be beyond the axes: a label that gives way to others
 * keeps its text.
 */
const text = (at: Point, formatter: string, label: object): Series => ({
  ...{
    type: "scatter",
    silent: true,
    clip: false,
    symbolSize: 0.1,
    itemStyle: { color: "transparent", opacity: 1 },
    data: [at],
  },
  label: { show: true, formatter, textBorderColor: "#fff", textBorderWidth: 3, ...label },
})

/**
 * The places nearest to the wanted ones, which rise, with such a gap between any two: less i times
 * the gap they need only rise, and of values that need only rise those out of order share their
 * mean.
 */
export function spread(wanted: number[], gap: number): number[] {
  const pools: { sum: number; count: number }[] = []
  const mean = ({ sum, count }: (typeof pools)[number]) => sum / count
  wanted.forEach((place, i) => {
    pools.push({ sum: place - i * gap, count: 1 })
    while (pools.length > 1 && mean(pools[pools.length - 2]) > mean(pools[pools.length - 1])) {
      const { sum, count } = pools.pop()!
      pools[pools.length - 1].sum += sum
      pools[pools.length - 1].count += count
    }
  })
  return pools.flatMap((pool) => new Array<number>(pool.count).fill(mean(pool))).map((place, i) => place + i * gap)
}
