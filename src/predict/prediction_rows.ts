/** One row per image of the CSV that `cnn predict --csv FILE` writes, continues and reads. */
import type { Prediction } from "../run/mean_prediction.ts"
import { answerCells, answerColumns } from "./answer_cells.ts"
import { heatmapName } from "./heatmap_name.ts"
import type { Input } from "./inputs.ts"

/** An image with what came of it. */
export interface Outcome {
  input: Input
  /** Undefined where `reason` says why there is none. */
  prediction?: Prediction
  /**
   * Whether the run has a file of the same content, which all but one of its networks were trained
   * on.
   */
  isOfRun?: boolean
  /** Why the prediction is worth little: there is nothing to be seen in the image. */
  warning?: string
  reason?: string
}

export interface RowOptions {
  classes: readonly string[]
  /** SHA-256 of the networks, see `Predictor.checksum`. */
  checksum: string
  heatmaps: boolean
}

/** So much of a checksum as is written. */
export const shortChecksum = (checksum: string): string => checksum.slice(0, 16)

/** Of the file that `PredictionFile` writes. */
export function columnsOf({ classes, heatmaps }: RowOptions): string[] {
  return [
    ...answerColumns(classes),
    ...["error", "warning", "bytes", "modified", "weights"],
    ...(heatmaps ? ["heatmap"] : []),
  ]
}

export function rowOf(
  { input, prediction, reason = "", warning = "" }: Outcome,
  options: RowOptions,
): (string | number)[] {
  const { classes, checksum, heatmaps } = options
  const { file, stamp } = input
  return [
    ...answerCells(classes, file, prediction),
    ...[reason, warning, stamp?.bytes ?? "", stamp?.modified ?? "", shortChecksum(checksum)],
    ...(heatmaps ? [prediction ? heatmapName(file) : ""] : []),
  ]
}
