/** How a run's images were divided into those trained on and those tested, in words. */
import { plural } from "../text/plural.ts"
import { percent } from "../text/table.ts"
import type { TrainConfig } from "../train/config.ts"

type Design = Pick<TrainConfig, "split" | "foldsBy">

/** The beginning of a sentence on what tested images came to. */
export const testedText = ({ split, foldsBy }: Design): string =>
  split === "given"
    ? "Tested once on the set's own test part"
    : foldsBy !== undefined
      ? `Each value of "${foldsBy}" tested by a network trained on the others`
      : "Out of fold"

/** For guidelines. */
export function partitionText({ split, foldsBy, folds, repeats, validation }: TrainConfig): string {
  if (split === "given")
    return "The set’s own split: trained on its train part, thresholds and temperature chosen on its val part if there is one, tested once on its test part."
  const held = `of the rest, ${percent(validation)} is held back as validation part`
  const each = repeats > 1 ? " a repeat" : ""
  if (foldsBy !== undefined)
    return `A fold per value of “${foldsBy}”, ${folds} of them${repeats > 1 ? `, repeated ${repeats} times` : ""}: each image is tested once${each}, by a network that saw no image of that value; ${held}.`
  const k = `${folds}-fold cross-validation${repeats > 1 ? `, repeated ${repeats} times` : ""}`
  return `${k}: each image is tested once${each}; ${held}. Folds are balanced by class.`
}

/** How often a network is trained, for the line on training. */
export const foldsText = ({ split, foldsBy, folds }: Pick<TrainConfig, "split" | "foldsBy" | "folds">): string =>
  split === "given"
    ? "the set's own split, trained for"
    : `${plural(folds, "fold")}${foldsBy === undefined ? "" : ` by "${foldsBy}"`} of`

/** Where sensitivity and specificity are taken, if not at 0.5 by choice. */
export const thresholdsText = (folds: readonly { validation: number }[]): string =>
  unchosenText(folds) === undefined ? "at the chosen thresholds" : "at the threshold 0.5"

/** Why nothing was chosen; undefined if there were validation images. */
export const unchosenText = (folds: readonly { validation: number }[]): string | undefined =>
  folds.length > 0 && folds.every(({ validation }) => validation === 0)
    ? "The split has no val part: the threshold is 0.5 and the temperature 1, neither was chosen."
    : undefined
