/** Timing for machines whose speed drifts: tasks take turns, and the statistics are benchmark's. */
import { availableParallelism } from "node:os"
import Benchmark from "benchmark"

/** Of one task; milliseconds a call. */
export interface Timing {
  /** Median over the turns. */
  wall: number
  /** Margin of error of the mean, 95 %, as a percentage of it. */
  spread: number
  /** Processor time of the process, divided by the number of cores; the mean. */
  cores: number
  /** What the turns gave, for `slower`. */
  turns: Benchmark
}

/** A slow task is not repeated when its turns took so long together. */
const ENOUGH_MS = 2000

/** Lets tasks take turns that have been called before, so that nothing is compiled any more. */
export async function interleaved(tasks: (() => Promise<void>)[], rounds: number): Promise<Timing[]> {
  const clocks = tasks.map((task) => new Clock(task))
  for (let round = 0; round < rounds; round++) {
    for (const clock of clocks) if (clock.spent < ENOUGH_MS) await clock.turn()
  }
  return clocks.map((clock) => clock.timing())
}

/** Whether `a` takes longer than `b`, and not by chance: the Mann-Whitney U test, at 5 %. */
export const slower = (a: Timing, b: Timing): boolean => a.turns.compare(b.turns) < 0

class Clock {
  /** Milliseconds in turns. */
  spent = 0
  #calls = 0
  #processor = 0
  #count = 1
  #turns: Benchmark | undefined

  constructor(readonly task: () => Promise<void>) {}

  /** As many calls as the clock needs for a value good to 1 %; one for a task of 50 ms and more. */
  async turn(): Promise<void> {
    const before = process.cpuUsage()
    const started = performance.now()
    this.#turns = await this.#sample()
    const { user, system } = process.cpuUsage(before)
    this.#processor += (user + system) / 1000
    this.spent += performance.now() - started
  }

  timing(): Timing {
    const { sample, rme } = this.#turns!.stats
    const cores = this.#processor / this.#calls / availableParallelism()
    return { wall: median(sample) * 1000, spread: rme, cores, turns: this.#turns! }
  }

  /**
   * One value more: the benchmark starts with the values of the turns so far, and gives statistics
   * over all.
   */
  #sample(): Promise<Benchmark> {
    return new Promise((resolve, reject) => {
      const fn = (deferred: { resolve(): void }) => {
        this.#calls++
        this.task().then(() => deferred.resolve(), reject)
      }
      const options = { fn, defer: true, async: true, minSamples: 1, maxTime: 0, initCount: this.#count }
      const bench = new Benchmark({
        ...options,
        // Part of benchmark's options, though its types do not say so.
        ...{ stats: { sample: this.#turns?.stats.sample ?? [] } },
        onCycle: ({ target }: { target: Benchmark }) => (this.#count = target.count),
        onComplete: () => resolve(bench),
      })
      bench.run()
    })
  }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
