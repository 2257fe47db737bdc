/**
 * A traditional method over all folds: in each the setting is chosen by validation images, and
 * tested once.
 */
import type { Breath } from "../classic/breath.ts"
import { type Features, pixels } from "../classic/features.ts"
import { hogFeatures } from "../classic/hog.ts"
import type { Dataset } from "../data/dataset.ts"
import { rocAuc } from "../eval/auc.ts"
import type { PlannedFold } from "../train/cross_validation.ts"
import type { Choice, Outcome, Setting, Tested } from "./contender.ts"
import { type FeatureName, type Fitted, methods } from "./methods.ts"

/** What methods are given, each made when the first of them asks for it. */
export class FeatureStore {
  readonly #made = new Map<FeatureName, Promise<Features>>()

  /** @param aspects width over height of each image as it was before it was fitted into a square */
  constructor(
    readonly data: Dataset,
    readonly aspects: readonly number[],
  ) {}

  get(name: FeatureName, breath: Breath): Promise<Features> {
    const made = this.#made.get(name) ?? this.#make(name, breath)
    this.#made.set(name, made)
    return made
  }

  async #make(name: FeatureName, breath: Breath): Promise<Features> {
    const { data, aspects } = this
    const n = aspects.length
    if (name === "pixels") return pixels(data)
    if (name === "hog") return hogFeatures(data, breath)
    return name === "aspect"
      ? { n, d: 1, values: Float32Array.from(aspects, Math.log) }
      : { n, d: 0, values: new Float32Array(0) }
  }
}

/** @param onProgress is told after each setting of each fold */
export async function runMethod(
  id: string,
  store: FeatureStore,
  plan: readonly PlannedFold[],
  breath: Breath,
  onProgress: (part: number) => void,
): Promise<Outcome> {
  const started = performance.now()
  const { title, grid, features, learn } = methods[id]
  const { labels } = store.data
  const x = await store.get(features, breath)
  const choices: Choice[] = []
  const predictions: Tested[] = []
  for (const [at, { repeat, fold, split, config }] of plan.entries()) {
    const { train, validation, test } = split
    const fit = await learn({ x, labels, train, asked: [...validation, ...test], seed: config.seed }, breath)
    const tried: { setting: Setting; validation: number | null; fitted: Fitted }[] = []
    for (const [k, setting] of grid.entries()) {
      const fitted = await fit(setting)
      const auc = rocAuc(validation.map((index) => labels[index]), validation.map(fitted)) // biome-ignore format: a pair
      tried.push({ setting, validation: auc, fitted })
      onProgress((at + (k + 1) / grid.length) / plan.length)
    }
    const best = tried.reduce((a, b) => ((b.validation ?? -1) > (a.validation ?? -1) ? b : a))
    choices.push({ repeat, fold, setting: best.setting, tried: tried.map(({ fitted: _, ...rest }) => rest) })
    const usual = majorityOf(labels, train)
    for (const index of test) {
      const score = best.fitted(index)
      predictions.push({ repeat, fold, index, score, answer: score > 0 ? 1 : score < 0 ? 0 : usual })
    }
  }
  const seconds = (performance.now() - started) / 1000
  return { id, title, kind: "traditional", choices, predictions, seconds }
}

/** What is answered where a score says nothing. */
const majorityOf = (labels: ArrayLike<number>, train: readonly number[]): 0 | 1 =>
  2 * train.reduce((sum, index) => sum + labels[index], 0) > train.length ? 1 : 0
