/** The kernels of conv2dReluMaxPool2d between guards against float64, as conv2d_check.ts. */
import { runBackwardInput } from "../../src/layers/conv2d/backward_input.ts"
import { planOf } from "../../src/layers/conv2d/choose.ts"
import { runForward } from "../../src/layers/conv2d/forward.ts"
import type { Conv2dSizes, Pass } from "../../src/layers/conv2d/sizes.ts"
import { type Shape, sizeOf } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { type Plans, parameterGradients, tiledAdapter } from "./conv2d_check.ts"
import { conv2dReference } from "./conv2d_reference.ts"
import { compare, draw, type Plain, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

/** y and won of 2 x 2 windows over z, and the gradient of z where dy is that of y. */
export function pooled(z: Plain, dy: Plain): { y: Plain; won: Plain; dz: Plain } {
  const [, , H, W] = z.shape
  const [N, O, PH, PW] = dy.shape
  const [y, won, dz] = [plain(dy.shape), plain(dy.shape), plain(z.shape)]
  for (let plane = 0; plane < N * O; plane++)
    for (let i = 0; i < PH; i++)
      for (let j = 0; j < PW; j++) {
        const window = (plane * PH + i) * PW + j
        won.data[window] = 4
        for (let k = 0; k < 4; k++) {
          const value = z.data[(plane * H + 2 * i + (k >> 1)) * W + 2 * j + (k % 2)]
          if (value > y.data[window]) [y.data[window], won.data[window]] = [value, k]
        }
        const k = won.data[window]
        if (k < 4) dz.data[(plane * H + 2 * i + (k >> 1)) * W + 2 * j + (k % 2)] = dy.data[window]
      }
  return { y, won, dz }
}

/** The values that `won` names: of two that are equal to rounding either may win. */
function picked(z: Plain, won: ArrayLike<number>, [, , PH, PW]: Shape): number[] {
  const [, , H, W] = z.shape
  return Array.from(won, (k, window) => {
    const [plane, i, j] = [Math.floor(window / PH / PW), Math.floor(window / PW) % PH, window % PW]
    if (k > 4) return Number.NaN
    return k === 4 ? 0 : z.data[(plane * H + 2 * i + (k >> 1)) * W + 2 * j + (k % 2)]
  })
}

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkPooledPlans(gpu: TensorGpu, sizes: Conv2dSizes, bias: boolean, plans: Plans): Promise<void> {
  const { n, c, h, w, o, oh, ow, kh } = sizes
  const given = (shape: Shape, seed: number) => plain(shape, draw(shape, seed))
  const [x, weight, dy] = [given([n, c, h, w], 1), given([o, c, kh, kh], 2), given([n, o, oh >> 1, ow >> 1], 3)]
  const b = bias ? given([o], 4) : plain([o])
  const z = conv2dReference(x, weight, b, plain([n, o, oh, ow]), sizes).y
  const { y, won, dz } = pooled(z, dy)
  const expected = conv2dReference(x, weight, b, dz, sizes)
  const on = ({ shape, data }: Plain) => guarded(gpu, shape, data).tensor
  const t = { x: on(x), w: on(weight), b: on(b), dy: on(dy), won: guarded(gpu, won.shape, asFloats(won)).tensor }
  const label = { name: `conv2dReluMaxPool2d ${JSON.stringify(sizes)}`, terms: c * kh * kh + o * kh * kh + n * oh * ow }

  if (plans.forward) {
    const out = { y: guarded(gpu, y.shape), won: guarded(gpu, y.shape) }
    runForward(plans.forward, { x: t.x, w: t.w, b: t.b, y: out.y.tensor, won: out.won.tensor })
    compare(label, "y", await out.y.read(), y)
    compare(label, "the z that won of y", picked(z, new Uint32Array((await out.won.read()).slice().buffer), y.shape), y)
  }
  if (plans.input) {
    const dx = guarded(gpu, x.shape)
    runBackwardInput(plans.input, { w: t.w, dy: t.dy, won: t.won, dx: dx.tensor })
    compare(label, "dx", await dx.read(), expected.dx)
  }
  if (plans.weight) {
    const got = await parameterGradients(gpu, plans.weight, { x: t.x, dy: t.dy, won: t.won }, weight.shape)
    compare(label, "dw", got.dw, expected.dw)
    compare(label, "db", got.db!, expected.db)
  }
  gpu.endStep()
}

/**
 * Checks the kernels that a software adapter with subgroups gets for a shape.
 *
 * @returns the names of those there are
 */
export async function checkPooled(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  which: Pass[] = ["forward", "input", "weight"],
): Promise<string[]> {
  const work = { sizes, bias, pool: true }
  const plans: Plans = Object.fromEntries(which.map((pass) => [pass, planOf(pass, tiledAdapter(gpu), work)]))
  await checkPooledPlans(gpu, sizes, bias, plans)
  return which.flatMap((pass) => plans[pass]?.kernel ?? [])
}

/** Whole numbers as the bits that a kernel reads as u32. */
const asFloats = ({ shape, data }: Plain): Float32Array =>
  new Float32Array(Uint32Array.from({ length: sizeOf(shape) }, (_, i) => data[i]).buffer)
