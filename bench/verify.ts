/** Whether a rung computes what it should: on random odd sizes, between guards, against float64. */
import { Purpose, Random } from "../src/tensor/random.ts"
import type { BenchGpu } from "./device.ts"
import type { Input, Ladder, Rung } from "./ladder.ts"
import { compare, draw, type Plain, plain } from "./reference/gradcheck.ts"

/** So many are drawn at most, to find as many as wanted that a rung fits. */
const MOST = 100

/** Values of an input; drawing millions of them would take longer than all else, so they repeat. */
export function drawn({ shape, draw: own }: Input, seed: number): Float32Array {
  if (own) return own(shape, seed)
  const size = shape.reduce((product, extent) => product * extent, 1)
  const block = draw([Math.min(size, 65_521)], seed)
  const values = new Float32Array(size)
  for (let at = 0; at < size; at += block.length) values.set(block.subarray(0, size - at), at)
  return values
}

/** What to compute, and what must come out. */
interface Example {
  sizes: unknown
  inputs: Record<string, Plain>
  expected: Record<string, Plain>
}

/** A ladder's random sizes, the same for all of its rungs. */
export class Examples {
  /** Rungs that agreed, and on how many sizes. */
  readonly verified: Record<string, number> = {}
  readonly #made: Example[] = []
  readonly #random = new Random(5, Purpose.test)

  /** @param wanted sizes that a rung must get right, where it fits as many */
  constructor(
    readonly ladder: Ladder,
    readonly wanted = 10,
  ) {}

  /**
   * Runs the rung, unless it is known to be right.
   *
   * @throws naming the first element that is off, was not written, or lies outside; or when it fits
   * none of the sizes
   */
  async verify(gpu: BenchGpu, rung: Rung): Promise<void> {
    if (rung.name in this.verified) return
    let agreed = 0
    for (let i = 0; i < MOST && agreed < this.wanted; i++) {
      const example = this.#example(i)
      if (!rung.work(example.sizes, gpu.adapter)) continue
      await this.#check(gpu, rung, example)
      agreed++
    }
    if (agreed === 0)
      throw new Error(`${this.ladder.name}: it fits none of ${MOST} random sizes, so that none is verified`)
    this.verified[rung.name] = agreed
  }

  async #check(gpu: BenchGpu, rung: Rung, { sizes, inputs, expected }: Example): Promise<void> {
    const values = await gpu.guarding(() => {
      const tensors = Object.entries(inputs).map(([name, { shape, data }]) => [name, gpu.guarded(shape, data)])
      return rung.work(sizes, gpu.adapter)!(gpu, Object.fromEntries(tensors))
    })
    const label = { name: `${this.ladder.name} ${JSON.stringify(sizes)}`, terms: this.ladder.terms(sizes) }
    for (const [name, wanted] of Object.entries(expected)) compare(label, name, values[name] ?? [], wanted)
  }

  #example(index: number): Example {
    const known = this.#made[index]
    if (known) return known
    const { ladder } = this
    const sizes = ladder.odd(this.#random)
    const inputs = Object.entries(ladder.inputs(sizes)).map(([name, input], i) => [
      name,
      plain(input.shape, drawn(input, 100 * index + i)),
    ])
    // In order, since each draws what the next one's stream goes on from.
    const made: Example = { sizes, inputs: Object.fromEntries(inputs), expected: {} }
    made.expected = ladder.reference(sizes, made.inputs)
    this.#made.push(made)
    return made
  }
}
