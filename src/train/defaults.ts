/** What `npx cnn train` does when it is told nothing else. */
import type { TrainConfig } from "./config.ts"

export const defaultData = {
  /** Images of the built-in phantom. */
  count: 480,
}

export const defaultConfig: TrainConfig = {
  model: "small",
  seed: 0,
  folds: 5,
  epochs: 12,
  patience: 0,
  batch: 16,
  validation: 0.15,
  optimizer: "adam",
  lr: 1e-2,
  weightDecay: 0,
  schedule: "one-cycle",
  clip: 0,
  augment: {
    rotation: 12,
    zoom: 0.1,
    shift: 0.05,
    shear: 0,
    flipHorizontal: true,
    flipVertical: true,
    brightness: 0.02,
    contrast: 0.1,
  },
}
