/** What the tensors of a step take, whatever a planner makes of it. */
import type { Home, Slice } from "../src/gpu/arena.ts"
import { totalBytes } from "../src/gpu/memory.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"

/** In bytes. */
export interface TensorMemory {
  /** Every tensor of the step: what they take where each stays until the end of the step. */
  every: number
  /** The largest sum of tensors alive at any dispatch: no plan takes less. */
  alive: number
  /** What a recording takes. */
  taken: number
}

/** Counts what `body` takes, the ops of a step; nothing is made or run. */
export function tensorMemory(gpu: TensorGpu, body: () => void): TensorMemory {
  const lives = new Map<Home, { size: number; first: number; last: number }>()
  const { arena } = gpu
  const [step, run, write] = [arena.step.bind(arena), gpu.run.bind(gpu), gpu.write.bind(gpu)]
  let at = 0
  const use = ({ home }: Slice, when: number) => {
    const life = lives.get(home)
    if (life) Object.assign(life, { first: Math.min(life.first, when), last: Math.max(life.last, when) })
  }
  arena.step = (size) => {
    const made = step(size)
    lives.set(made.home, { size, first: Infinity, last: -Infinity })
    return made
  }
  gpu.run = (kernel, tensors, ...rest) => {
    for (const { slice } of Object.values(tensors)) use(slice, at)
    at++
    run(kernel, tensors, ...rest)
  }
  // The host writes before the first dispatch.
  gpu.write = (slice, data) => {
    use(slice, -1)
    write(slice, data)
  }
  try {
    const taken = totalBytes(gpu.needs(body))
    const all = [...lives.values()]
    const sum = (some: typeof all) => some.reduce((bytes, { size }) => bytes + size, 0)
    const aliveAt = (when: number) => sum(all.filter(({ first, last }) => first <= when && last >= when))
    const alive = Math.max(...Array.from({ length: at + 1 }, (_, i) => aliveAt(i - 1)))
    return { every: sum(all), alive, taken }
  } finally {
    Object.assign(arena, { step })
    Object.assign(gpu, { run, write })
  }
}
