/** What rungs are timed on. */

import type { BenchGpu } from "./device.ts"
import type { Input, Ladder, Outputs, Rung, Tensors } from "./ladder.ts"
import { compare, type Plain, plain } from "./reference/gradcheck.ts"
import { drawn } from "./verify.ts"

/** The tensors of a shape, and what the first rung made of them. */
export class Stage {
  readonly #inputs: Record<string, Input>
  readonly #data: Record<string, Float32Array>
  readonly #tensors = new Map<BenchGpu, Tensors>()
  #first: Record<string, Plain> | undefined

  constructor(
    readonly ladder: Ladder,
    readonly sizes: unknown,
  ) {
    this.#inputs = ladder.inputs(sizes)
    const data = Object.entries(this.#inputs).map(([name, input], i) => [name, drawn(input, i + 1)])
    this.#data = Object.fromEntries(data)
  }

  /** With the values as they were drawn: a rung before may have changed them in place. */
  tensors(gpu: BenchGpu): Tensors {
    const made = this.#tensors.get(gpu) ?? mapValues(this.#inputs, ({ shape }) => gpu.persistent(shape))
    this.#tensors.set(gpu, made)
    for (const [name, { slice }] of Object.entries(made)) {
      gpu.write(slice, this.#data[name] as Float32Array<ArrayBuffer>)
    }
    return made
  }

  /** @throws where the output is not the first rung's */
  agree({ name }: Rung, outputs: Record<string, Float32Array>): void {
    this.#first ??= mapValues(outputs, (data) => plain([data.length], data))
    const label = { name: `${name}, against the first rung`, terms: this.ladder.terms(this.sizes) }
    for (const [output, expected] of Object.entries(this.#first)) compare(label, output, outputs[output], expected)
  }

  release(): void {
    for (const tensors of this.#tensors.values()) {
      for (const { slice } of Object.values(tensors)) slice.buffer.destroy()
    }
  }
}

export async function valuesOf(outputs: Outputs): Promise<Record<string, Float32Array>> {
  const values: Record<string, Float32Array> = {}
  for (const [name, output] of Object.entries(outputs)) {
    values[name] = output instanceof Float32Array ? output : await output.read()
  }
  return values
}

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
