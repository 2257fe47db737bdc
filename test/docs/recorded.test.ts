/** Figures of runs that take longer than tests may: the pages say what the recorded results say. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { readPage, root } from "../support/docs_pages.ts"

interface Figure {
  value: number
  interval?: [number, number] | null
}

interface Recorded {
  auc: Figure
  subgroups: {
    value: string
    n: number
    groups: number
    metrics: Record<"auc" | "sensitivity" | "specificity", Figure & { adjusted: number | null }>
  }[]
  hitRate: Figure & Record<"rate" | "random" | "elsewhere" | "anywhere" | "middle" | "truePositives", number>
}

const recorded: Recorded = JSON.parse(readFileSync(path.join(root, "research/fracatlas.json"), "utf8"))
const textOf = (page: string): string => readPage(page).text.replaceAll(/\s+/g, " ")

const share = (value: number): string => (100 * value).toFixed(1)
const auc = (value: number): string => value.toFixed(3)
const withRange = ({ value, interval }: Figure, print: (value: number) => string, unit = ""): string =>
  `${print(value)}${unit}${interval ? ` (${print(interval[0])} to ${print(interval[1])})` : ""}`

describe("the default run on FracAtlas", () => {
  it.each(["docs/cross_validation.md", "docs/explain.md"])("has its AUC in %s", (page) => {
    expect(textOf(page)).toContain(`an AUC of ${withRange(recorded.auc, auc)}`)
  })

  it.each(recorded.subgroups)("has its figures for $value in docs/evaluation.md", ({ value, n, groups, metrics }) => {
    const star = ({ adjusted }: { adjusted: number | null }) => (adjusted !== null && adjusted < 0.05 ? " *" : "")
    const cells = [
      withRange(metrics.auc, auc) + star(metrics.auc),
      withRange(metrics.sensitivity, share, " %") + star(metrics.sensitivity),
      withRange(metrics.specificity, share, " %") + star(metrics.specificity),
    ]
    expect(textOf("docs/evaluation.md")).toContain(
      `| ${value} | ${n.toLocaleString("en")} | ${groups} | ${cells.join(" | ")} |`,
    )
  })

  it("has its hits in docs/explain.md", () => {
    const { hitRate } = recorded
    const text = textOf("docs/explain.md")
    expect(text).toContain(`| hits of ${hitRate.truePositives} true positives |`)
    const [low, high] = hitRate.interval!
    expect(text).toContain(
      `| of the fold's network | ${share(hitRate.rate)} % (${share(low)} to ${share(high)}, by groups) |`,
    )
    expect(text).toContain(`| of the network with random weights | ${share(hitRate.random)} % |`)
    expect(text).toContain(`| of another image | ${share(hitRate.elsewhere)} % |`)
    expect(text).toContain(`| anywhere | ${share(hitRate.anywhere)} % |`)
    expect(text).toContain(`| always in the middle of the film | ${share(hitRate.middle)} % |`)
  })
})

it("docs/bench.md says what each kernel is worth as it was recorded", () => {
  const { rows }: { rows: { network: string; adapter: string; without: string; processor: number }[] } = JSON.parse(
    readFileSync(path.join(root, "research/without_kernel.json"), "utf8"),
  )
  const table = readPage("docs/bench.md")
    .text.split("\n")
    .filter((line) => line.startsWith("| "))
  const head = table.find((line) => line.startsWith("| taken away |"))!.split(" | ")
  for (const { network, adapter, without, processor } of rows) {
    const name = without.replace(" taken away", "")
    const cells = table.find((line) => line.startsWith(`| ${name} | `))!.split(/ \| ?/)
    const column = head.findIndex((cell) => cell.startsWith(`${network}, ${adapter}`))
    expect(cells[column], `${name}, ${network}, ${adapter}`).toBe(processor.toFixed(2))
  }
})
