/**
 * The shared oracle of all op tests, and of ops that users write. WebGPU has no float64, so the CPU
 * is exact: the test brings a naive forward in plain numbers; its central differences, contracted
 * with a random cotangent, say what the GPU's gradient must be.
 */
import { Purpose, Random } from "./random.ts"
import { type Shape, show, sizeOf, type Tensor } from "./tensor.ts"
import type { TensorGpu } from "./tensor_gpu.ts"

/** A naive tensor for references: plain numbers in float64, row-major. */
export interface Plain {
  shape: Shape
  data: Float64Array
}

export interface Case {
  name: string
  /**
   * Inputs by name, in the order of the op's arguments. Values are drawn from N(0, 1) unless given.
   */
  inputs: Record<string, { shape: Shape; data?: ArrayLike<number>; requiresGrad?: boolean }>
  /** The op on the GPU. */
  op(...inputs: Tensor[]): Tensor
  /** The same in plain numbers. */
  reference(...inputs: Plain[]): Plain
  /**
   * The largest number of terms that one output or gradient element sums; the tolerance grows with
   * its root.
   */
  terms: number
  atol?: number
  rtol?: number
  /**
   * Where the op has no derivative, such as [-1, 1] for a clamp: drawn values keep away from there.
   */
  kinks?: readonly number[]
}

const STEP = 1e-5
/** From drawn values to kinks: many steps, and many roundings of float32. */
const DISTANCE = 0.01

export const plain = (shape: Shape, data: ArrayLike<number> = new Float64Array(sizeOf(shape))): Plain => ({
  shape,
  data: Float64Array.from(data),
})

/** Float32 values from N(0, 1), so that GPU and reference start from the same numbers. */
export function draw(shape: Shape, seed: number): Float32Array {
  const random = new Random(seed, Purpose.test)
  return Float32Array.from({ length: sizeOf(shape) }, () => random.normal())
}

/**
 * Distinct values, at least a quarter of their spacing away from 0: kinks of relu and max stay out
 * of reach.
 */
export function drawDistinct(shape: Shape, seed: number): Float32Array {
  const n = sizeOf(shape)
  const order = new Random(seed, Purpose.test).shuffle([...new Array(n).keys()])
  return Float32Array.from(order, (rank) => (rank - Math.floor(n / 2) + 0.25) * Math.max(0.02, 2 / n))
}

/** Moves values off the kinks, to the side on which they are. */
const awayFrom = (kinks: readonly number[], values: Float32Array): Float32Array =>
  kinks.reduce(
    (moved, kink) => moved.map((x) => (Math.abs(x - kink) < DISTANCE ? kink + (x < kink ? -DISTANCE : DISTANCE) : x)),
    values,
  )

/**
 * Checks forward and every gradient of a case element by element; throws naming the first element
 * that is off.
 */
export async function gradcheck(gpu: TensorGpu, test: Case): Promise<void> {
  const names = Object.keys(test.inputs)
  const values = names.map(
    (name, i) => test.inputs[name].data ?? awayFrom(test.kinks ?? [], draw(test.inputs[name].shape, i + 1)),
  )
  const plains = names.map((name, i) => plain(test.inputs[name].shape, Float32Array.from(values[i])))
  const expected = test.reference(...plains)
  const cotangent = draw(expected.shape, 99)

  const tensors = names.map((name, i) => {
    const { shape, requiresGrad = true } = test.inputs[name]
    return gpu.tensor(shape, values[i], { requiresGrad })
  })
  const y = test.op(...tensors)
  if (show(y.shape) !== show(expected.shape)) {
    throw new Error(`${test.name}: y is ${show(y.shape)}, the reference says ${show(expected.shape)}`)
  }
  y.backward(gpu.tensor(expected.shape, cotangent, { requiresGrad: false }))
  const output = await y.read()
  const gradients = await Promise.all(tensors.map((tensor) => (tensor.requiresGrad ? tensor.grad?.read() : undefined)))
  gpu.endStep()

  compare(test, "y", output, expected)
  names.forEach((name, i) => {
    if (!tensors[i].requiresGrad) return
    const gradient = gradients[i]
    if (!gradient) throw new Error(`${test.name}: d${name} is missing`)
    compare(test, `d${name}`, gradient, differences(test, plains, i, cotangent))
  })
}

/** Central differences of <cotangent, reference(inputs)> for each element of one input. */
function differences(test: Case, inputs: Plain[], which: number, cotangent: Float32Array): Plain {
  const { shape, data } = inputs[which]
  const out = plain(shape)
  const contract = () => test.reference(...inputs).data.reduce((sum, value, i) => sum + value * cotangent[i], 0)
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    data[i] = value + STEP
    const above = contract()
    data[i] = value - STEP
    const below = contract()
    data[i] = value
    out.data[i] = (above - below) / (2 * STEP)
  }
  return out
}

type Observer = (test: Pick<Case, "name" | "atol">, what: string, actual: ArrayLike<number>, expected: Plain) => void

let observe: Observer = () => {}

/** Has `observer` told of everything that is compared from now on, right or wrong. */
export function observeComparisons(observer: Observer): void {
  observe = observer
}

/**
 * Elementwise within (atol + rtol |expected|) sqrt(terms); throws naming the first element that is
 * off.
 */
export function compare(
  { name, terms, atol = 1e-5, rtol = 1e-4 }: Pick<Case, "name" | "terms" | "atol" | "rtol">,
  what: string,
  actual: ArrayLike<number>,
  expected: Plain,
): void {
  if (actual.length !== expected.data.length) {
    throw new Error(`${name}: ${what} has ${actual.length} elements, the reference ${expected.data.length}`)
  }
  observe({ name, atol }, what, actual, expected)
  const scale = Math.sqrt(terms)
  for (let i = 0; i < actual.length; i++) {
    const wanted = expected.data[i]
    if (Math.abs(actual[i] - wanted) <= (atol + rtol * Math.abs(wanted)) * scale) continue
    const digits = (value: number) => Number(value.toPrecision(6))
    throw new Error(
      `${name}: ${what}${show(position(i, expected.shape))} is ${digits(actual[i])}, the float64 reference says ${digits(wanted)}`,
    )
  }
}

function position(index: number, shape: Shape): number[] {
  const out: number[] = []
  let rest = index
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out.unshift(rest % shape[axis])
    rest = Math.floor(rest / shape[axis])
  }
  return out
}
