/** Optimisers against their formulas in float64, one number at a time. */

import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import { mul } from "../../src/layers/mul.ts"
import { sum } from "../../src/layers/sum.ts"
import { Adam, AdamW } from "../../src/optim/adam.ts"
import type { Optimizer } from "../../src/optim/optimizer.ts"
import { RMSprop } from "../../src/optim/rmsprop.ts"
import { SGD } from "../../src/optim/sgd.ts"
import { type Parameter, ParameterPack } from "../../src/tensor/parameters.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

/** Parameters of one pack with these values. */
export function parameters(gpu: TensorGpu, ...starts: ArrayLike<number>[]): Parameter[] {
  const pack = new ParameterPack(
    gpu,
    starts.map(({ length }, i) => ({ name: `p${i}`, shape: [length] })),
  )
  pack.list.forEach((parameter, i) => {
    gpu.write(parameter.slice, new Float32Array(starts[i]))
  })
  return pack.list
}

/** A step whose gradient is the given one: that of the sum of parameter times gradient. */
export async function follow(
  optimizer: Optimizer,
  parameter: Parameter,
  gradient: ArrayLike<number>,
): Promise<Float32Array> {
  const { gpu } = parameter
  sum(mul(parameter, gpu.tensor(parameter.shape, gradient, { requiresGrad: false }))).backward()
  optimizer.step()
  const values = await parameter.read()
  gpu.endStep()
  return values
}

interface Rule {
  make(list: Parameter[]): Optimizer
  /** One step of one number p with gradient g; `memory` is its own, empty at first. */
  step(p: number, g: number, memory: Record<string, number>): number
}

/** By name. */
export const RULES: Record<string, Rule> = {
  "SGD with Nesterov and weight decay": {
    make: (list) => new SGD(list, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.02 }),
    step(p, gradient, memory) {
      const g = gradient + 0.02 * p
      memory.u = 0.9 * (memory.u ?? 0) + g
      return p - 0.1 * (g + 0.9 * memory.u)
    },
  },
  "RMSprop with momentum and weight decay": {
    make: (list) => new RMSprop(list, { lr: 0.01, alpha: 0.9, momentum: 0.8, weightDecay: 0.02 }),
    step(p, gradient, memory) {
      const g = gradient + 0.02 * p
      memory.v = 0.9 * (memory.v ?? 0) + 0.1 * g * g
      memory.u = 0.8 * (memory.u ?? 0) + g / (Math.sqrt(memory.v) + 1e-8)
      return p - 0.01 * memory.u
    },
  },
  "Adam with weight decay": {
    make: (list) => new Adam(list, { lr: 0.01, betas: [0.8, 0.95], weightDecay: 0.1 }),
    step: (p, gradient, memory) => p - adamStep(gradient + 0.1 * p, memory),
  },
  "AdamW with weight decay": {
    make: (list) => new AdamW(list, { lr: 0.01, betas: [0.8, 0.95], weightDecay: 0.1 }),
    step: (p, gradient, memory) => p * (1 - 0.01 * 0.1) - adamStep(gradient, memory),
  },
}

function adamStep(g: number, memory: Record<string, number>): number {
  memory.t = (memory.t ?? 0) + 1
  memory.m = 0.8 * (memory.m ?? 0) + 0.2 * g
  memory.v = 0.95 * (memory.v ?? 0) + 0.05 * g * g
  const m = memory.m / (1 - 0.8 ** memory.t)
  return (0.01 * m) / (Math.sqrt(memory.v / (1 - 0.95 ** memory.t)) + 1e-8)
}

/** Five steps of more numbers than a workgroup has; throws naming the first that is off. */
export async function checkRule(gpu: TensorGpu, name: string): Promise<void> {
  const { make, step } = RULES[name]
  const start = draw([131], 1)
  const [parameter] = parameters(gpu, start)
  const optimizer = make([parameter])
  const memories = Array.from(start, () => ({}))
  let expected = Array.from(start)
  for (let t = 0; t < 5; t++) {
    const gradient = draw([131], 10 + t)
    expected = expected.map((p, i) => step(p, gradient[i], memories[i]))
    const values = await follow(optimizer, parameter, gradient)
    compare({ name: `${name}, step ${t + 1}`, terms: 1 }, "p", values, plain([131], expected))
  }
}
