/**
 * y[n,c,i,j] = gain[n] * x[n,c,(i,j) carried back by transform n] + offset[n]
 *
 * x, y [N,C,H,W]. Rotation, shear, zoom, shift and flips are one 2x2 matrix and an offset, applied
 * in one bilinear sampling; brightness and contrast are a gain and an offset. There is no backward:
 * it takes the training images themselves, and nothing before them is trained.
 */
import { lanesFor } from "../gpu/threads.ts"
import { Purpose, pcg4d } from "../tensor/random.ts"
import { overRows } from "../tensor/rows.ts"
import type { Tensor } from "../tensor/tensor.ts"

/**
 * Output pixel (u, v) from the centre shows the input at matrix * (u, v) + (tx, ty); gray becomes
 * gain * v + offset.
 */
export interface Transform {
  matrix: [number, number, number, number]
  tx: number
  ty: number
  gain: number
  offset: number
}

/** How gray values 0..1 were normalised before the network: (v - mean) / sd. */
export interface Normalisation {
  mean: number
  sd: number
}

/**
 * Applies one transform per image. What comes from outside the image is black.
 *
 * @param x gray values, normalised as `norm` says
 * @param transforms N of them, or a function that gives them now and at each replay of the
 * recording that this is part of
 */
export function augment(
  x: Tensor,
  transforms: readonly Transform[] | (() => readonly Transform[]),
  norm: Normalisation = { mean: 0, sd: 1 },
): Tensor {
  const [n, c, h, w] = x.shape
  const given = typeof transforms === "function" ? () => table(transforms(), n, norm) : table(transforms, n, norm)
  const y = x.gpu.empty(x.shape)
  const transform = x.gpu.tensor([n, 8], given, { requiresGrad: false })
  const lanes = lanesFor(x.gpu, h * w)
  overRows([x, transform, y], ([x, transform, y]) => {
    const planes = x.shape[0] * c
    const params = { planes, c, h, w, lanes, black: -norm.mean / norm.sd }
    x.gpu.run("augment", { x, transform, y }, params, [planes * lanes])
  })
  return y
}

/** The transforms as the kernel reads them, a row of eight numbers per image. */
function table(transforms: readonly Transform[], n: number, { mean, sd }: Normalisation): number[] {
  if (transforms.length !== n) throw new Error(`augment: ${transforms.length} transforms for a batch of ${n} images`)
  return transforms.flatMap(({ matrix, tx, ty, gain, offset }) => [
    ...matrix,
    tx,
    ty,
    gain,
    // The same map in normalised gray values.
    (gain * mean + offset - mean) / sd,
  ])
}

/** What is drawn from: each is a range around "no change"; 0 or false turns it off. */
export interface AugmentRanges {
  /** Degrees to either side. */
  rotation: number
  /** Fraction: 0.1 scales by 0.9 to 1.1. */
  zoom: number
  /** Fraction of the image's width and height, to either side. */
  shift: number
  /** Degrees to either side. */
  shear: number
  /** Mirrors left to right with probability 0.5. */
  flipHorizontal: boolean
  /** Mirrors top to bottom with probability 0.5. */
  flipVertical: boolean
  /** Added to the gray value, which runs from 0 to 1. */
  brightness: number
  /** Fraction: 0.1 stretches gray values about the middle by 0.9 to 1.1. */
  contrast: number
}

/** Counters of the generator that are set aside for each image. */
const DRAWS = 16

/**
 * The transform of one image in one epoch: a pure function of its arguments, whatever batch the
 * image falls into.
 *
 * @param size of the image, in pixels
 */
export function drawTransform(
  ranges: AugmentRanges,
  seed: number,
  epoch: number,
  image: number,
  size: number,
): Transform {
  let at = image * DRAWS
  const uniform = () => pcg4d(seed, Purpose.augment, epoch, at++)[0] / 2 ** 32
  const within = (range: number) => (2 * uniform() - 1) * range
  const angle = (within(ranges.rotation) * Math.PI) / 180
  const shear = Math.tan((within(ranges.shear) * Math.PI) / 180)
  const scale = 1 / (1 + within(ranges.zoom))
  const tx = within(ranges.shift) * size
  const ty = within(ranges.shift) * size
  const flipX = uniform() < 0.5 && ranges.flipHorizontal ? -1 : 1
  const flipY = uniform() < 0.5 && ranges.flipVertical ? -1 : 1
  const brightness = within(ranges.brightness)
  const gain = 1 + within(ranges.contrast)
  const cos = Math.cos(angle) * scale
  const sin = Math.sin(angle) * scale
  // Undone from the outside in: rotation, then shear, then the flips.
  const matrix: Transform["matrix"] = [
    flipX * (cos + shear * sin),
    flipX * (sin - shear * cos),
    flipY * -sin,
    flipY * cos,
  ]
  return { matrix, tx, ty, gain, offset: 0.5 - 0.5 * gain + brightness }
}
