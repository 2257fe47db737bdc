/** Timing for machines whose speed drifts. */
import { availableParallelism } from "node:os"

/** Milliseconds: the first run with its compilation, and the medians of the others. */
export interface Timing {
  first: number
  wall: number
  /** Processor time of the process, divided by the number of cores. */
  cores: number
}

/** A slow task is not repeated when its runs took so long together. */
const ENOUGH_MS = 3000

/** Runs each task once, then all of them in turns. */
export async function interleaved(tasks: (() => Promise<void>)[], rounds: number): Promise<Timing[]> {
  const samples = tasks.map(() => ({ first: 0, wall: [] as number[], cores: [] as number[] }))
  for (let round = 0; round <= rounds; round++) {
    for (const [i, task] of tasks.entries()) {
      const spent = samples[i].wall.reduce((sum, ms) => sum + ms, 0)
      if (spent > ENOUGH_MS) continue
      const start = performance.now()
      const before = process.cpuUsage()
      await task()
      const { user, system } = process.cpuUsage(before)
      const wall = performance.now() - start
      if (round === 0) samples[i].first = wall
      else {
        samples[i].wall.push(wall)
        samples[i].cores.push((user + system) / 1000 / availableParallelism())
      }
    }
  }
  return samples.map(({ first, wall, cores }) => ({ first, wall: median(wall), cores: median(cores) }))
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
