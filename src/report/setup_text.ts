/** How a run was trained, in words. */
import type { AugmentRanges } from "../layers/augment.ts"
import { plural } from "../text/plural.ts"
import type { TrainConfig } from "../train/config.ts"
import { foldsText } from "./design_text.ts"

export function recipeText(train: TrainConfig): string {
  return [
    ...(train.repeats > 1 ? [`${train.repeats} repeats`] : []),
    `${foldsText(train)} ${train.keep !== "last" && train.patience && train.epochs > 1 ? "at most " : ""}${plural(train.epochs, "epoch")}`,
    ...(train.keep !== "last" && train.patience ? [`patience ${train.patience}`] : []),
    `batches of ${train.batch}`,
    `${train.optimizer} with ${train.schedule} learning rate ${train.lr}`,
    ...(train.weightDecay ? [`weight decay ${train.weightDecay}`] : []),
    ...(train.clip ? [`gradients clipped to ${train.clip}`] : []),
    ...(train.posWeight !== 1 ? [`positive weight ${train.posWeight}`] : []),
    ...(train.sampling !== "shuffled" ? [`${train.sampling} sampling`] : []),
    ...(train.freeze ? [`frozen: ${train.freeze.join(", ")}`] : []),
    `seed ${train.seed}`,
  ].join(", ")
}

/** Which epoch's weights a fold keeps. */
export const keptText = ({ keep }: Pick<TrainConfig, "keep">): string =>
  keep === "last" ? "the last epoch" : "the epoch with the lowest validation loss"

export function augmentText({ rotation, zoom, shift, shear, brightness, contrast, ...flips }: AugmentRanges): string {
  const parts = Object.entries({ zoom, shift, brightness, contrast })
  return [
    ...Object.entries({ rotation, shear }).map(([name, value]) => value && `${name} ${value}°`),
    ...parts.map(([name, value]) => value && `${name} ${value}`),
    flips.flipHorizontal && "horizontal flip",
    flips.flipVertical && "vertical flip",
  ]
    .filter(Boolean)
    .join(", ")
}
