/**
 * The form of a ladder: one computation, and the kernels for it from naive to fast. One file a
 * family holds its ladders.
 */
import type { AdapterInfo } from "../src/gpu/adapter.ts"
import type { Consts } from "../src/gpu/kernel.ts"
import type { Random } from "../src/tensor/random.ts"
import type { Shape, Tensor } from "../src/tensor/tensor.ts"
import type { BenchGpu } from "./device.ts"
import type { Plain } from "./reference/gradcheck.ts"

export type Tensors = Record<string, Tensor>

/**
 * Tensors, or what was read back, by name. An output that is an input, too, was changed in place.
 */
export type Outputs = Record<string, Tensor | Float32Array>

/** Dispatches one run. */
export type Work = (gpu: BenchGpu, inputs: Tensors) => Outputs | Promise<Outputs>

/** One way to compute it. */
export interface Rung<Sizes = unknown> {
  name: string
  /** One run of the rung; undefined where it does not fit the sizes or the adapter. */
  work(sizes: Sizes, adapter: AdapterInfo): Work | undefined
  /** Set to false for kernels as their files have them. */
  unrolled?: boolean
  /** Set to true where nothing is to be compiled. */
  kernelless?: boolean
}

export interface Input {
  shape: Shape
  /** Float32 values; from N(0, 1) unless given. */
  draw?(shape: Shape, seed: number): Float32Array
}

/** `Sizes` is a family's own; the runner hands them round without a look. */
export interface Ladder<Sizes = unknown> {
  /** What it belongs to; the command line takes this, or the name. */
  family: string
  name: string
  /** What is computed, in one line. */
  formula: string
  /**
   * How `--shape` gives the sizes; brackets around those that may be left out:
   * "NxCxHxW,O,K[,STRIDE[,PADDING]]".
   */
  form: string
  /** @throws where the numbers, in the order of `form`, make no sense together */
  sizes(numbers: readonly number[]): Sizes
  /** Sizes by name, each as `--shape` would give it. */
  shapes: Record<string, string>
  /** Those of `shapes` that are timed where none is asked for. */
  timed: string[]
  /** Small, odd sizes for the verification. */
  odd(random: Random): Sizes
  inputs(sizes: Sizes): Record<string, Input>
  /** The outputs in float64. */
  reference(sizes: Sizes, inputs: Record<string, Plain>): Record<string, Plain>
  /** The most terms that an element of the outputs sums. */
  terms(sizes: Sizes): number
  /** Floating-point operations; a multiply-add is two. */
  flops(sizes: Sizes): number
  /** What has to be moved at least: each input read once and each output written once. */
  bytes(sizes: Sizes): number
  /** Set to true where no kernel's work is timed, so that the roofline says nothing. */
  roofless?: boolean
  rungs: Rung<Sizes>[]
}

/** A dispatch, but for its tensors. */
export interface Dispatch {
  kernel: string
  params: Record<string, number>
  threads: number[]
  consts?: Consts
}

/** A rung of one dispatch, whose output is `output`. */
export const kernelRung = <Sizes>(
  name: string,
  output: Record<string, (sizes: Sizes) => Shape>,
  plan: (sizes: Sizes, adapter: AdapterInfo) => Dispatch | undefined,
): Rung<Sizes> => ({
  name,
  work(sizes, adapter) {
    const planned = plan(sizes, adapter)
    if (!planned) return undefined
    return (gpu, inputs) => {
      const outputs = Object.fromEntries(Object.entries(output).map(([name, shape]) => [name, gpu.empty(shape(sizes))]))
      dispatch(gpu, planned, { ...inputs, ...outputs })
      return outputs
    }
  },
})

export const dispatch = (gpu: BenchGpu, { kernel, params, threads, consts }: Dispatch, tensors: Tensors): void =>
  gpu.run(kernel, tensors, params, threads, consts)

/**
 * Sizes from what `--shape` was given: one of the ladder's names, or numbers in its form.
 *
 * @throws naming the form and the names
 */
export function parseShape(ladder: Ladder, text: string): unknown {
  const { name, form, shapes } = ladder
  const given = (shapes[text] ?? text).split(/[x,]/)
  const [needed, optional] = form.split("[", 2)
  const least = needed.split(/[x,]/).length
  const most = least + (optional ? form.slice(needed.length).split(/[x,]/).length - 1 : 0)
  const whole = given.every((word, i) => /^\d+$/.test(word) && (i >= least || Number(word) > 0))
  try {
    if (whole && given.length >= least && given.length <= most) return ladder.sizes(given.map(Number))
  } catch (error) {
    throw new Error(`--shape "${text}": ${(error as Error).message}`)
  }
  throw new Error(`--shape "${text}": ${name} wants whole numbers ${form}, or one of ${Object.keys(shapes).join(", ")}`)
}
