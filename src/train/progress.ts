/** Says a few times a second how a fold goes. */
import type { TrainConfig } from "./config.ts"
import type { EpochTotals } from "./epoch_totals.ts"
import type { Emit, TrainEvent } from "./events.ts"

/** Milliseconds between two reports. */
const PAUSE = 250

interface Context {
  config: Pick<TrainConfig, "epochs">
  totals: EpochTotals
  emit: Emit
}

/** The clock of an epoch's training. */
export class EpochProgress {
  readonly #started = performance.now()
  #next = this.#started + PAUSE
  #loss = 0

  /**
   * @param total batches of the epoch
   * @param before images of it that were seen before this clock was started
   */
  constructor(
    readonly context: Context,
    readonly at: { fold: number; epoch: number },
    readonly total: number,
    readonly before = 0,
  ) {}

  /**
   * After so many batches and images; not each time, since the running sums must be read back.
   *
   * @returns the loss so far, as it was read last
   */
  async maybe(done: number, seen: number): Promise<number> {
    if (performance.now() < this.#next && done < this.total) return this.#loss
    const { totals, emit, config } = this.context
    const { fold, epoch } = this.at
    const sums = await totals.read(seen)
    const imagesPerSecond = this.rate(seen)
    emit({ type: "batch", fold, epoch, epochs: config.epochs, done, total: this.total, ...sums, imagesPerSecond })
    this.#next = performance.now() + PAUSE
    this.#loss = sums.loss
    return this.#loss
  }

  /** Images per second, after so many. */
  rate(seen: number): number {
    return (seen - this.before) / ((performance.now() - this.#started) / 1000)
  }
}

/** What an evaluation is to call: the first and the last time, and now and then between. */
export function inferenceProgress(
  { emit }: Pick<Context, "emit">,
  fold: number,
  part: Extract<TrainEvent, { type: "evaluate" }>["part"],
): (done: number, total: number) => void {
  let next = 0
  return (done, total) => {
    if (performance.now() < next && done < total) return
    emit({ type: "evaluate", fold, part, done, total })
    next = performance.now() + PAUSE
  }
}
