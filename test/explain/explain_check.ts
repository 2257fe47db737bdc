/** The kernels of maps against the formulas at the heads of their files, in float64. */

import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import { gradCam, layerCam } from "../../src/explain/class_activation.ts"
import { corners, occlude, occlusionMap, patchGrid } from "../../src/explain/occlude.ts"
import { upsample } from "../../src/explain/upsample.ts"
import { sizeOf, type Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

async function check(gpu: TensorGpu, name: string, y: Tensor, wanted: number[], terms: number): Promise<void> {
  const values = await y.read()
  gpu.endStep()
  compare({ name, terms }, "y", values, plain(y.shape, wanted))
}

type Shape4 = [n: number, c: number, h: number, w: number]

/** As many numbers as the function gives for each index in turn. */
const table = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i))
const total = (n: number, f: (i: number) => number): number => table(n, f).reduce((a, b) => a + b, 0)

export async function checkCam(gpu: TensorGpu, method: "gradCam" | "layerCam", shape: Shape4): Promise<void> {
  const [n, c, h, w] = shape
  const pixels = h * w
  // Of both signs, so that relu, inside and outside, has something to do.
  const [a, da] = [draw(shape, 1), draw(shape, 2)]
  const at = (image: number, channel: number, pixel: number) => (image * c + channel) * pixels + pixel
  const weight = (image: number, k: number, pixel: number) =>
    method === "layerCam" ? Math.max(0, da[at(image, k, pixel)]) : total(pixels, (i) => da[at(image, k, i)]) / pixels
  const wanted = table(n * pixels, (i) => {
    const [image, pixel] = [Math.floor(i / pixels), i % pixels]
    return Math.max(
      0,
      total(c, (k) => weight(image, k, pixel) * a[at(image, k, pixel)]),
    )
  })
  const op = { gradCam, layerCam }[method]
  await check(gpu, method, op(gpu.tensor(shape, a), gpu.tensor(shape, da)), wanted, c)
}

/** Each pixel of y weighs the whole of x by its nearness in rows and columns. */
export async function checkUpsample(gpu: TensorGpu, [n, h, w]: number[], oh: number, ow: number): Promise<void> {
  const x = draw([n, h, w], 3)
  const place = (i: number, from: number, to: number) => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
  const near = (a: number, b: number) => Math.max(0, 1 - Math.abs(a - b))
  const wanted = table(n * oh * ow, (k) => {
    const [row, column] = [place(Math.floor(k / ow) % oh, h, oh), place(k % ow, w, ow)]
    const plane = Math.floor(k / (oh * ow)) * h * w
    return total(h * w, (p) => x[plane + p] * near(Math.floor(p / w), row) * near(p % w, column))
  })
  await check(gpu, "upsample", upsample(gpu.tensor([n, h, w], x), oh, ow), wanted, 4)
}

interface Hidden {
  shape: number[]
  side: number
  margin: number
}

/** Patches that reach over every edge, and one inside. */
export async function checkOcclude(gpu: TensorGpu, { shape, side, margin }: Hidden): Promise<void> {
  const [, c, h, w] = shape
  const places = [
    [-2, 1],
    [h - 2, w - 1],
    [1, -1],
    [2, 3],
    [h - side, w - side],
  ]
  const x = draw(shape, 4)
  const inside = (i: number, j: number, [row, column]: number[], around: number) =>
    i >= row - around && i < row + side + around && j >= column - around && j < column + side + around
  const mean = (channel: number, place: number[]) => {
    const own = table(h * w, (k) => k).filter((k) => inside(Math.floor(k / w), k % w, place, margin))
    return own.reduce((sum, k) => sum + x[channel * h * w + k], 0) / own.length
  }
  const wanted = places.flatMap((place) =>
    table(c, (k) => mean(k, place)).flatMap((fill, k) =>
      table(h * w, (p) => (inside(Math.floor(p / w), p % w, place, 0) ? fill : x[k * h * w + p])),
    ),
  )
  const y = occlude(gpu.tensor(shape, x), gpu.tensor([places.length, 2], places.flat()), { side, margin })
  await check(gpu, "occlude", y, wanted, h * w)
}

export async function checkOcclusionMap(gpu: TensorGpu, size: number, side: number, stride: number): Promise<void> {
  const grid = patchGrid(size, side, stride)
  const drop = draw([grid.count ** 2], 5)
  const places = corners(grid)
  const wanted = table(size * size, (k) => {
    const [i, j] = [Math.floor(k / size), k % size]
    const hides = ([row, column]: number[]) => i >= row && i < row + side && j >= column && j < column + side
    const own = places.flatMap((place, p) => (hides(place) ? [drop[p]] : []))
    return own.reduce((a, b) => a + b, 0) / own.length
  })
  await check(gpu, "occlusionMap", occlusionMap(gpu.tensor([sizeOf([drop.length])], drop), grid), wanted, side ** 2)
}

/** Every kernel once, in sizes that no workgroup divides. */
export const EXPLAIN_CHECKS: Record<string, (gpu: TensorGpu) => Promise<void>> = {
  "Grad-CAM": (gpu) => checkCam(gpu, "gradCam", [3, 5, 9, 8]),
  LayerCAM: (gpu) => checkCam(gpu, "layerCam", [3, 5, 9, 8]),
  upsampling: (gpu) => checkUpsample(gpu, [2, 3, 4], 11, 10),
  occlusion: (gpu) => checkOcclude(gpu, { shape: [1, 2, 9, 7], side: 3, margin: 1 }),
  "occlusion map": (gpu) => checkOcclusionMap(gpu, 14, 4, 3),
}
