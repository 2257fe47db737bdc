/** Which images make up which batch, and a batch's images as a tensor. */

import type { Dataset } from "../data/dataset.ts"
import { imageAt } from "../data/pixels.ts"
import type { Normalisation } from "../layers/augment.ts"
import { Purpose, Random } from "../tensor/random.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "./config.ts"

/**
 * As few batches of at most `size` as there must be, all of (nearly) the same size: no image is
 * left out, no batch is a small rest, and a step sees at most two sizes.
 */
export function batches(indices: readonly number[], size: number): number[][] {
  const count = Math.ceil(indices.length / size)
  return Array.from({ length: count }, (_, k) => {
    const at = (batch: number) => Math.floor((batch * indices.length) / count)
    return indices.slice(at(k), at(k + 1))
  })
}

/** The sizes of the batches that so many images make. */
export const batchSizes = (count: number, most: number): ReadonlySet<number> =>
  new Set(batches([...new Array(count).keys()], most).map(({ length }) => length))

/** The training images of an epoch in random order: a pure function of its arguments. */
export const shuffled = (indices: readonly number[], seed: number, epoch: number): number[] =>
  new Random(seed, Purpose.shuffle, epoch).shuffle(indices)

/**
 * As many draws as there are training images, all classes equally often to within one: the images
 * of each class in random order, and again in another order as often as it takes. A pure function
 * of its arguments.
 *
 * @param data labels of all images
 * @returns draws: see `imageOf`
 */
export function balanced(
  { labels }: Pick<Dataset, "labels">,
  indices: readonly number[],
  seed: number,
  epoch: number,
): number[] {
  const random = new Random(seed, Purpose.shuffle, epoch)
  const classes = [...new Set(indices.map((index) => labels[index]))].sort((a, b) => a - b)
  // Which classes come once more than others changes from epoch to epoch.
  const quota = random.shuffle(
    classes.map(
      (_, k) =>
        Math.floor(((k + 1) * indices.length) / classes.length) - Math.floor((k * indices.length) / classes.length),
    ),
  )
  const draws = classes.flatMap((label, k) => {
    const own = indices.filter((index) => labels[index] === label)
    const rounds = Math.ceil(quota[k] / own.length)
    return Array.from({ length: rounds }, (_, time) => random.shuffle(own).map((image) => image + time * labels.length))
      .flat()
      .slice(0, quota[k])
  })
  return random.shuffle(draws)
}

/**
 * A draw of an image is its index, the n-th further one in an epoch n times the number of images
 * more: each has a transform of its own.
 */
export const imageOf = (draw: number, { labels }: Pick<Dataset, "labels">): number => draw % labels.length

/** The batches of an epoch, in order. */
export function epochBatches(
  data: Pick<Dataset, "labels">,
  { sampling, batch }: Pick<TrainConfig, "sampling" | "batch">,
  train: readonly number[],
  seed: number,
  epoch: number,
): number[][] {
  const draws = sampling === "balanced" ? balanced(data, train, seed, epoch) : shuffled(train, seed, epoch)
  return batches(draws, batch)
}

/** Mean and standard deviation of gray values 0..1 over these images; sd 1 where all are equal. */
export function normalisation(data: Pick<Dataset, "pixels" | "size">, indices: readonly number[]): Normalisation {
  let sum = 0
  let squares = 0
  for (const index of indices) {
    for (const gray of imageAt(data, index)) {
      sum += gray
      squares += gray * gray
    }
  }
  const n = indices.length * data.size ** 2
  const mean = sum / n
  const variance = Math.max(0, squares / n - mean * mean)
  return { mean: mean / 255, sd: Math.sqrt(variance) / 255 || 1 }
}

/**
 * `n` images as [N,1,size,size], (gray / 255 - mean) / sd.
 *
 * @param images those of now, and at each replay of the recording that this is a part of
 */
export function imageTensor(
  gpu: TensorGpu,
  size: number,
  n: number,
  images: () => readonly Uint8Array[],
  { mean, sd }: Normalisation,
): Tensor {
  const values = new Float32Array(n * size * size)
  const normalised = Float32Array.from({ length: 256 }, (_, gray) => (gray / 255 - mean) / sd)
  const fill = () => {
    let at = 0
    for (const image of images()) {
      for (let i = 0; i < image.length; i++) values[at++] = normalised[image[i]]
    }
    return values
  }
  return gpu.tensor([n, 1, size, size], fill, { requiresGrad: false })
}
