import type { Evaluation } from "../eval/evaluation.ts"
import type { FurtherMetrics } from "../eval/further_metrics.ts"
import type { RunImage } from "../run/read_run.ts"

/** Predictions and their metrics, for the sections of a page: a run's, or those for another set. */
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

/** Predictions with what reviewers ask for. */
export interface WithFurther extends Pick<Predicted, "classes"> {
  evaluation: Pick<Predicted["evaluation"], "pooled">
  further: FurtherMetrics
}

/** How the curves' legend names what is drawn. */
export interface CurveNames {
  curve: string
  chosen: string
}
