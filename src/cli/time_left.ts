import type { RunEvent } from "./train_events.ts"

/** Seconds that a fold and the run may still take; at most, where patience ends folds early. */
interface TimeLeft {
  fold: number
  run: number
}

/** Tells the time left from how far the fold is, and how long folds took. */
export class TimeKeeper {
  #foldStarted = 0
  #fold = 0
  #folds = 1
  #before = 0
  readonly #took: number[] = []

  /** @param now in seconds */
  take(event: RunEvent, now = performance.now() / 1000): void {
    if (event.type === "fold-end") this.#took.push(event.seconds)
    if (event.type !== "fold") return
    this.#foldStarted = now
    this.#before = event.before ?? 0
    this.#fold = event.repeat * event.folds + event.fold
    this.#folds = event.repeats * event.folds
  }

  /** @param progress of the fold, over 0 to 1 */
  left(progress: number, now = performance.now() / 1000): TimeLeft {
    const whole = (now - this.#foldStarted) / (progress - this.#before)
    const fold = whole * (1 - progress)
    const usual = this.#took.length > 0 ? this.#took.reduce((a, b) => a + b) / this.#took.length : whole
    return { fold, run: fold + usual * (this.#folds - this.#fold - 1) }
  }
}

/** Part of a fold that is done, from a batch event. */
export const foldProgress = ({ epoch, epochs, done, total }: Extract<RunEvent, { type: "batch" }>): number =>
  (epoch - 1 + done / total) / epochs
