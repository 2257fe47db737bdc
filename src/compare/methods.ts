/**
 * The traditional methods: what each is given of an image, which settings are tried, and what it
 * makes of them.
 */
import type { Breath } from "../classic/breath.ts"
import { dot, type Features, rowOf, standardise } from "../classic/features.ts"
import { fitForest, forestShare } from "../classic/forest.ts"
import { type KernelName, kernelRow, linearKernel, rbfKernel } from "../classic/kernel.ts"
import { fitLogistic, logitOf } from "../classic/logistic.ts"
import { nearest } from "../classic/nearest.ts"
import { decisionOf, fitSvm } from "../classic/svm.ts"
import type { Setting } from "./contender.ts"

export type FeatureName = "none" | "aspect" | "pixels" | "hog"

/** One fold's training, for as many settings as are tried. */
export interface Lesson {
  x: Features
  /** Of all images, 1 for a positive, 0 for a negative. */
  labels: ArrayLike<number>
  train: readonly number[]
  /** The images that will be asked for. */
  asked: readonly number[]
  seed: number
}

/**
 * A fitted method: the score of one of the images that are asked for, over 0 where it answers
 * positive.
 */
export type Fitted = (index: number) => number

export interface Method {
  title: string
  features: FeatureName
  /** Of equally good ones the first is taken: the tamest stand first. */
  grid: readonly Setting[]
  /** What all settings share is done once. */
  learn(lesson: Lesson, breath: Breath): Promise<(setting: Setting) => Promise<Fitted>>
}

const C = [0.1, 1, 10, 100, 1000]
const K = [45, 25, 15, 9, 5, 3, 1]
const LEAF = [16, 4, 1]
const TREES = 200

async function logistic(lesson: Lesson, breath: Breath) {
  const { labels, train } = lesson
  const x = standardise(lesson.x, train)
  return async (setting: Setting): Promise<Fitted> => {
    const line = await fitLogistic(x, labels, train, { c: Number(setting.C) }, breath)
    return (index) => logitOf(x, index, line)
  }
}

/**
 * Gray values as they are: standardised ones would let a pixel that hardly varies weigh as much as
 * any other.
 */
async function neighbours({ x, labels, train, asked }: Lesson, breath: Breath) {
  const found = await nearest(x, train, asked, Math.max(...K), breath)
  return async ({ k }: Setting): Promise<Fitted> => {
    return (index) => {
      const votes = found.get(index)!.slice(0, Number(k))
      return votes.reduce((sum, t) => sum + labels[t], 0) / votes.length - 1 / 2
    }
  }
}

async function supportVectors(lesson: Lesson, breath: Breath) {
  const { labels, train, asked } = lesson
  const x = standardise(lesson.x, train)
  const rows = [...train, ...asked]
  const linear = await linearKernel(x, rows, train, breath)
  const lengths = rows.map((i) => dot(rowOf(x, i), rowOf(x, i)))
  const kernels = { linear, rbf: rbfKernel(linear, lengths, lengths.slice(0, train.length)) }
  const at = new Map(asked.map((index, k) => [index, train.length + k]))
  const own = train.map((index) => labels[index])
  return async (setting: Setting): Promise<Fitted> => {
    const kernel = kernels[setting.kernel as KernelName]
    const square = kernel.values.subarray(0, train.length ** 2)
    const machine = await fitSvm(square, own, { c: Number(setting.C) }, breath)
    return (index) => decisionOf(machine, kernelRow(kernel, at.get(index)!))
  }
}

async function forest({ x, labels, train, seed }: Lesson, breath: Breath) {
  return async ({ leaf }: Setting): Promise<Fitted> => {
    const trees = await fitForest(x, labels, train, { trees: TREES, leaf: Number(leaf), seed }, breath)
    return (index) => forestShare(trees, x, index) - 1 / 2
  }
}

/**
 * The class that the training part has more of, of every image the same. The score is 0 of all: a
 * share of positives as a score would order the folds by their training parts, which have more
 * positives where the test part has fewer.
 */
async function majority() {
  return async (): Promise<Fitted> => () => 0
}

const grid = (name: string, values: readonly number[]): Setting[] => values.map((value) => ({ [name]: value }))

/** In the order of the table; `--methods` takes these names. */
export const methods: Record<string, Method> = {
  majority: { title: "Majority", features: "none", grid: [{}], learn: majority },
  aspect: { title: "Aspect ratio alone", features: "aspect", grid: [{ C: 1 }], learn: logistic },
  logistic: { title: "Pixels, logistic regression", features: "pixels", grid: grid("C", C), learn: logistic },
  knn: { title: "Pixels, nearest neighbours", features: "pixels", grid: grid("k", K), learn: neighbours },
  "hog-logistic": { title: "HOG, logistic regression", features: "hog", grid: grid("C", C), learn: logistic },
  "hog-svm": {
    title: "HOG, support vectors",
    features: "hog",
    grid: (["linear", "rbf"] as const).flatMap((kernel) => grid("C", C.slice(0, 4)).map((c) => ({ kernel, ...c }))),
    learn: supportVectors,
  },
  "hog-forest": { title: "HOG, random forest", features: "hog", grid: grid("leaf", LEAF), learn: forest },
}
