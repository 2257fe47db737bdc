/**
 * First values of weights, drawn from the counter-based generator with (seed, init, index of the
 * parameter, element).
 *
 * He: K. He et al., "Delving Deep into Rectifiers", 2015. Glorot: X. Glorot and Y. Bengio,
 * "Understanding the difficulty of training deep feedforward neural networks", 2010. PyTorch's
 * names for them are kaiming and xavier:
 * https://pytorch.org/docs/stable/nn.init.html
 */
import { Purpose, Random } from "../tensor/random.ts"
import { type Shape, sizeOf } from "../tensor/tensor.ts"

/** Fills `values`, the elements of a parameter of that shape. */
export type Init = (values: Float32Array, shape: Shape, seed: number, index: number) => void

/** Inputs and outputs that one output or input of [out, in, ...kernel] is connected to. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const kernel = sizeOf(shape.slice(2))
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel }
}

const normal =
  (sd: (shape: Shape) => number): Init =>
  (values, shape, seed, index) => {
    const random = new Random(seed, Purpose.init, index)
    const spread = sd(shape)
    for (let i = 0; i < values.length; i++) values[i] = random.normal(0, spread)
  }

const uniform =
  (bound: (shape: Shape) => number): Init =>
  (values, shape, seed, index) => {
    const random = new Random(seed, Purpose.init, index)
    const limit = bound(shape)
    for (let i = 0; i < values.length; i++) values[i] = random.uniform(-limit, limit)
  }

/** Normal with variance 2 / fan-in: keeps the variance through layers with ReLU. */
export const heNormal = normal((shape) => Math.sqrt(2 / fans(shape).fanIn))

/** Normal with variance 2 / fan-out: keeps that of the gradient. */
export const heNormalOut = normal((shape) => Math.sqrt(2 / fans(shape).fanOut))

/** Uniform with variance 2 / fan-in. */
export const heUniform = uniform((shape) => Math.sqrt(6 / fans(shape).fanIn))

/** Uniform with variance 2 / (fan-in + fan-out): for layers without ReLU after them. */
export const glorotUniform = uniform((shape) => Math.sqrt(6 / (fans(shape).fanIn + fans(shape).fanOut)))

/** Normal with variance 2 / (fan-in + fan-out). */
export const glorotNormal = normal((shape) => Math.sqrt(2 / (fans(shape).fanIn + fans(shape).fanOut)))

export const constant =
  (value: number): Init =>
  (values) => {
    values.fill(value)
  }

/**
 * Edge detectors: filter k of [out, in, K, K] is the first derivative of a Gaussian in direction
 * 2 pi k / out, over all inputs alike, with L2 norm 1. Its standard deviation is 0.3 (K - 1)
 * pixels, so that it has faded at the border.
 *
 * W. T. Freeman and E. H. Adelson, "The Design and Use of Steerable Filters", 1991
 */
export const oriented: Init = (values, [out, inputs, rows, columns]) => {
  const variance = (0.3 * (columns - 1)) ** 2
  for (let k = 0; k < out; k++) {
    const angle = (2 * Math.PI * k) / out
    const filter = values.subarray(k * inputs * rows * columns, (k + 1) * inputs * rows * columns)
    for (let i = 0; i < filter.length; i++) {
      const x = (i % columns) - (columns - 1) / 2
      const y = (Math.floor(i / columns) % rows) - (rows - 1) / 2
      filter[i] = (x * Math.cos(angle) + y * Math.sin(angle)) * Math.exp(-(x ** 2 + y ** 2) / (2 * variance))
    }
    const length = Math.hypot(...filter)
    for (let i = 0; i < filter.length; i++) filter[i] /= length
  }
}
