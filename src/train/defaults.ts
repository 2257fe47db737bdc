/** What `npx cnn train` does when it is told nothing else. */
import type { TrainConfig } from "./config.ts"

export const defaultData = {
  /** Images of the built-in phantom. */
  count: 480,
}

/**
 * Half of the epochs. Shorter would stop runs that are doing well: over a one-cycle the learning
 * rate is high first, the validation loss jumps up and down meanwhile, and the best epochs come
 * last.
 */
export const defaultPatience = (epochs: number): number => Math.ceil(epochs / 2)

const epochs = 16

/**
 * The config of `npx cnn train` without flags; for `crossValidate`, `{ ...defaultConfig, epochs: 4
 * }`.
 */
export const defaultConfig: TrainConfig = {
  model: "small",
  seed: 0,
  folds: 5,
  repeats: 1,
  epochs,
  patience: defaultPatience(epochs),
  batch: 16,
  validation: 0.15,
  keep: "last",
  optimizer: "adam",
  lr: 1e-2,
  weightDecay: 0,
  schedule: "one-cycle",
  clip: 0,
  posWeight: 1,
  sampling: "shuffled",
  sensitivity: null,
  augment: {
    rotation: 12,
    zoom: 0.1,
    shift: 0.05,
    shear: 0,
    flipHorizontal: false,
    flipVertical: false,
    brightness: 0.02,
    contrast: 0.1,
  },
}
