/** A row an image of the CSV that `cnn predict --csv FILE` writes, continues and reads. */
import type { Prediction } from "../train/predictor.ts"
import { heatmapName } from "./heatmap_name.ts"
import type { Input } from "./inputs.ts"

/** An image with what came of it. */
export interface Outcome {
  input: Input
  /** Undefined where `reason` says why there is none. */
  prediction?: Prediction
  reason?: string
}

interface RowOptions {
  classes: readonly string[]
  /** SHA-256 of the networks, see `Predictor.checksum`. */
  checksum: string
  heatmaps: boolean
}

/** So much of a checksum as is written. */
export const shortChecksum = (checksum: string): string => checksum.slice(0, 16)

/** With two classes the probability of the second, the positive one; with more that of the label, and of each class. */
export function columnsOf({ classes, heatmaps }: RowOptions): string[] {
  return [
    ...["file", "probability", "calibrated", "label"],
    ...(classes.length > 2 ? classes.map((name) => `probability_${name}`) : []),
    ...["error", "bytes", "modified", "weights"],
    ...(heatmaps ? ["heatmap"] : []),
  ]
}

export function rowOf({ input, prediction, reason = "" }: Outcome, options: RowOptions): (string | number)[] {
  const { classes, checksum, heatmaps } = options
  const { file, stamp } = input
  return [
    file,
    ...figures(classes, prediction),
    ...[reason, stamp?.bytes ?? "", stamp?.modified ?? "", shortChecksum(checksum)],
    ...(heatmaps ? [prediction ? heatmapName(file) : ""] : []),
  ]
}

function figures(classes: readonly string[], prediction: Prediction | undefined): (string | number)[] {
  const more = classes.length > 2
  if (!prediction) return new Array(more ? 3 + classes.length : 3).fill("")
  const { label, probabilities, calibrated } = prediction
  const shown = more ? classes.indexOf(label) : 1
  return [probabilities[shown], calibrated[shown], label, ...(more ? probabilities : [])]
}
