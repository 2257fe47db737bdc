import type { AugmentRanges } from "../layers/augment.ts"

/** Everything that decides what a training comes to, apart from the images. */
export interface TrainConfig {
  /** Name of the network: a built-in one, or the file that defines it. */
  model: string
  /** Of weights, folds, shuffling, dropout and augmentation. */
  seed: number
  folds: number
  /**
   * "given": trained, validated and tested once by the set's own split, in one fold; absent for a
   * cross-validation.
   */
  split?: "given"
  /** A column of the labels table: a fold per value of it, instead of folds that are drawn. */
  foldsBy?: string
  /** Whole cross-validations, each with other folds and other first weights. */
  repeats: number
  /** At most so many passes over the training part. */
  epochs: number
  /**
   * End a fold after so many epochs without a better validation loss; 0 never, and so does a fold
   * that keeps the last.
   */
  patience: number
  batch: number
  /**
   * Part of each training fold that is held back: for threshold and temperature, and to stop early
   * where the best weights are kept.
   */
  validation: number
  /**
   * Which epoch's weights a fold is tested with: that of the lowest validation loss, or the last.
   */
  keep: KeepName
  optimizer: OptimizerName
  lr: number
  weightDecay: number
  schedule: ScheduleName
  /** Clip gradients to this L2 norm; 0 leaves them. */
  clip: number
  /**
   * Weight of the positive class in the loss; "auto" is that of the training part's negatives over
   * its positives.
   */
  posWeight: number | "auto"
  /** How often an epoch shows an image: each once, or such that all classes come equally often. */
  sampling: SamplingName
  /**
   * The threshold is the highest that finds such a part of the validation positives; null takes
   * Youden's.
   */
  sensitivity: number | null
  /** Ranges of the random transforms; null turns augmentation off. */
  augment: AugmentRanges | null
  /** Prefixes of names of what stays as it begins, see `freeze`; absent if all is trained. */
  freeze?: readonly string[]
}

export const optimizerNames = ["adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop"] as const
export type OptimizerName = (typeof optimizerNames)[number]

export const splitNames = ["cross-validation", "given"] as const
export type SplitName = (typeof splitNames)[number]

export const keepNames = ["best", "last"] as const
export type KeepName = (typeof keepNames)[number]

export const samplingNames = ["shuffled", "balanced"] as const
export type SamplingName = (typeof samplingNames)[number]

export const scheduleNames = ["constant", "step", "cosine", "one-cycle", "warm-up"] as const
export type ScheduleName = (typeof scheduleNames)[number]
