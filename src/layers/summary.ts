/**
 * What a network costs, layer by layer: the rows behind `Sequential.summary` and their text table.
 */
import { type Shape, show, sizeOf } from "../tensor/tensor.ts"
import { table } from "../text/table.ts"
import type { Module } from "./module.ts"

export interface SummaryRow {
  /** Path of PyTorch's state dict: "0", "features.conv1". */
  name: string
  /** The layer's class. */
  layer: string
  outputShape: Shape
  parameters: number
  /** Of one forward over the whole batch. */
  multiplyAdds: number
}

export interface Summary {
  rows: SummaryRow[]
  parameters: number
  multiplyAdds: number
  /** The rows and totals as a table of text. */
  toString(): string
}

/** Parameters of a module and all inside it. */
export function countParameters(module: Module): number {
  const specs = [...module.modules()].flatMap(([, inside]) => Object.values(inside.parameterSpecs()))
  return specs.reduce((count, { shape }) => count + sizeOf(shape), 0)
}

export function summarise(rows: SummaryRow[]): Summary {
  const add = (key: "parameters" | "multiplyAdds") => rows.reduce((sum, row) => sum + row[key], 0)
  const totals = { parameters: add("parameters"), multiplyAdds: add("multiplyAdds") }
  return { rows, ...totals, toString: () => summaryText(rows, totals) }
}

function summaryText(rows: SummaryRow[], totals: { parameters: number; multiplyAdds: number }): string {
  const count = (value: number) => value.toLocaleString("en-US")
  const lines = [
    ["name", "layer", "output shape", "parameters", "multiply-adds"],
    ...rows.map((row) => [row.name, row.layer, show(row.outputShape), count(row.parameters), count(row.multiplyAdds)]),
    ["", "total", "", count(totals.parameters), count(totals.multiplyAdds)],
  ]
  return table(lines, "lllr").join("\n")
}
