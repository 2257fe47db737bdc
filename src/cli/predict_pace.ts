import type { Outcome } from "../predict/prediction_rows.ts"
import type { PredictProgress } from "./predict_view.ts"

/** Counts the images of a prediction, and how many a second. */
export class Pace {
  readonly #started = performance.now()
  #done = 0
  #failed = 0

  constructor(readonly total: number) {}

  add(outcomes: readonly Outcome[]): PredictProgress {
    this.#done += outcomes.length
    this.#failed += outcomes.filter(({ reason }) => reason !== undefined).length
    return this.now()
  }

  now(): PredictProgress {
    const seconds = (performance.now() - this.#started) / 1000
    return {
      ...{ done: this.#done, total: this.total, failed: this.#failed },
      imagesPerSecond: this.#done === 0 ? 0 : this.#done / seconds,
    }
  }
}
