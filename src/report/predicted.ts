import type { Evaluation } from "../eval/evaluation.ts"
import type { RunImage } from "../run/read_run.ts"

/** Predictions and their metrics, as the sections of a page show them: a run's out of fold, or those for another set. */
export interface Predicted {
  images: RunImage[]
  classes: string[]
  config: { train: { seed: number } }
  evaluation: {
    pooled: Evaluation
    resamples: number
    thresholdRule?: string
    /** A row per network. */
    folds: { validation: number; threshold?: { probability: number }; temperature: { value: number } }[]
  }
}

/** How the curves' legend names what is drawn. */
export interface CurveNames {
  curve: string
  chosen: string
}
