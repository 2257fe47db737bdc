/**
 * What is tried for a pass: the default, and those of the listed kernels and tiles that promise
 * most.
 */
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import type { Plan } from "../../src/gpu/plan.ts"
import { variantsOf } from "../../src/layers/conv2d/choose.ts"
import { planFor, type Work } from "./passes.ts"

export interface Candidate {
  name: string
  plan: Plan
}

/**
 * A plain kernel takes next to no time to compile, and ten times that of a tiled one to run: it is
 * tried beside tiles only for a run of so few steps.
 */
const FEW_STEPS = 64

/**
 * The default first.
 *
 * @param most others that are tried, of tiles and, on a GPU, of blocks
 * @returns none where the pass has no kernel of its own
 */
export function candidatesOf(work: Work, adapter: AdapterInfo, most: number, steps: number): Candidate[] {
  const plan = planFor(work, adapter)
  if (!plan) return []
  const taken = plan.candidate!
  const others = variantsOf(work.pass).flatMap((name): Candidate[] => {
    const other = planFor(work, adapter, name)
    // A variant that does not fit leaves the default.
    return other && name !== taken && other.candidate === name ? [{ name, plan: other }] : []
  })
  const plain = others.filter(({ name }) => name === "plain" && steps <= FEW_STEPS)
  const best = others
    .map((candidate) => ({ candidate, loads: loadsOf(work, candidate.name, adapter.subgroupSize) }))
    .filter(({ loads }) => loads < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.loads - b.loads)
    .slice(0, most)
    .map(({ candidate }) => candidate)
  // Workgroup memory is far slower than registers where a processor does a GPU's work.
  const blocks = adapter.kind === "gpu" ? others.filter(({ name }) => name.startsWith("gemm")) : []
  return [{ name: taken, plan }, ...blocks.slice(0, most), ...best, ...plain]
}

/**
 * Loads that a tile costs for each useful multiply-add: they are what costs on software adapters.
 * Of other kernels, infinite.
 */
function loadsOf({ pass, sizes }: Work, name: string, lanes: number): number {
  const [kernel, tile] = name.split(" ")
  if (!tile || kernel === "gemm") return Number.POSITIVE_INFINITY
  const [TI, TJ, TO] = tile.split("x").map(Number)
  const backwards = pass === "input"
  const { h, w, oh, ow, kh: k, stride } = sizes
  const [rows, columns] = backwards ? [h, w] : [oh, ow]
  const outputs = backwards ? sizes.c : sizes.o
  const window = ((TI - 1) * stride + k) * ((TJ - 1) * stride + k)
  // The other operand: weights, or dy for their gradient.
  const other = pass === "weight" ? TI * TJ : k * k
  const together = kernel === "few" ? (pass === "forward" ? outputs : TO * lanes) : TO
  const waste = covered(rows, TI) * covered(columns, TJ) * covered(outputs, together)
  const loads = window + (other * together) / lanes
  return (loads / (TI * TJ * together * k * k)) * (waste / (rows * columns * outputs))
}

const covered = (extent: number, step: number): number => Math.ceil(extent / step) * step
