/**
 * The loss over the steps, as it comes: of each batch, their running mean, and of the validation
 * images.
 */
import { LineChart } from "echarts/charts"
import { GridComponent, LegendComponent } from "echarts/components"
import { type EChartsType, init, use } from "echarts/core"
import { CanvasRenderer } from "echarts/renderers"

use([LineChart, GridComponent, LegendComponent, CanvasRenderer])

/** Of the running mean, what each further step leaves of those before. */
const KEEP = 0.9

type Point = [step: number, loss: number]

export class LossChart {
  readonly #element: HTMLElement
  #chart: EChartsType | undefined
  #losses: Point[] = []
  #means: Point[] = []
  #validation: Point[] = []

  constructor(element: HTMLElement) {
    this.#element = element
    new ResizeObserver(() => this.#chart?.resize()).observe(element)
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw())
  }

  /** The running mean at the last step. */
  get mean(): number | undefined {
    return this.#means.at(-1)?.[1]
  }

  reset(): void {
    this.#losses = []
    this.#means = []
    this.#validation = []
    this.draw()
  }

  add(step: number, loss: number): void {
    this.#losses.push([step, loss])
    const before = this.#means.at(-1)?.[1] ?? loss
    this.#means.push([step, KEEP * before + (1 - KEEP) * loss])
  }

  addValidation(step: number, loss: number): void {
    this.#validation.push([step, loss])
  }

  /**
   * Draws what has been added. The page draws on a canvas, since styles within SVG are not allowed
   * to it.
   */
  draw(): void {
    if (this.#element.clientWidth === 0) return
    const told =
      this.mean === undefined ? "no step yet" : `running mean ${this.mean.toFixed(3)} after ${this.#means.length} steps`
    this.#element.setAttribute("aria-label", `The loss over the steps: ${told}`)
    this.#chart ??= init(this.#element, null, { renderer: "canvas" })
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string) => resolved(style.getPropertyValue(name))
    const soft = colour("--soft")
    const axis = (name: string) => ({
      type: "value" as const,
      name,
      nameLocation: "middle" as const,
      nameGap: 30,
      nameTextStyle: { color: soft },
      axisLabel: { color: soft },
      axisLine: { show: true, lineStyle: { color: soft } },
      splitLine: { lineStyle: { color: colour("--edge") } },
    })
    const line = (name: string, data: Point[], color: string, width: number, opacity = 1) => {
      const symbols = { showSymbol: data.length < 3, symbolSize: 5 }
      return {
        type: "line" as const,
        name,
        data,
        ...symbols,
        itemStyle: { color },
        lineStyle: { color, width, opacity },
      }
    }
    const blue = colour("--c0")
    this.#chart.setOption({
      animation: false,
      grid: { left: 50, right: 16, top: 36, bottom: 46 },
      legend: { top: 0, textStyle: { color: soft }, selectedMode: false },
      xAxis: axis("steps"),
      yAxis: { ...axis("loss"), min: 0 },
      series: [
        line("each batch", this.#losses, blue, 1, 0.35),
        line("running mean", this.#means, blue, 2.5),
        line("validation", this.#validation, colour("--c1"), 2.5),
      ],
    })
  }
}

/** A colour as a canvas takes it: what light-dark() comes to is known to an element alone. */
function resolved(value: string): string {
  const probe = document.createElement("span")
  probe.style.color = value
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
