/** Every op against what PyTorch computed in float64: outputs and gradients, element by element. */
import { describe, expect, it } from "vitest"
import { compare, type Plain } from "../../bench/reference/gradcheck.ts"
import {
  add,
  avgPool2d,
  batchNorm2d,
  bceWithLogits,
  conv2d,
  dense,
  matmul,
  maxPool2d,
  relu,
  sigmoid,
  softmaxCrossEntropy,
  type Tensor,
} from "../../src/index.ts"
import convolutions from "../fixtures/conv2d.json" with { type: "json" }
import pytorch from "../fixtures/pytorch.json" with { type: "json" }
import { openAsGpu, openForTests } from "../support/open.ts"

interface OpCase {
  op: string
  options: object
  inputs: Record<string, Plain>
  cotangent: Plain
  output: Plain
  grads: Record<string, Plain>
}

const all: object[] = [...pytorch.cases, ...convolutions.cases]
const cases = all.filter((test): test is OpCase => "cotangent" in test)
const [asItIs, asGpu] = [await openForTests(), await openAsGpu()]

function fanout(x: Tensor, w: Tensor): Tensor {
  const h = matmul(x, w)
  return add(relu(h), h)
}

const OPS: Record<string, (...args: never[]) => Tensor> = {
  ...{ avgPool2d, batchNorm2d, bceWithLogits, conv2d, dense, fanout, maxPool2d, relu, sigmoid, softmaxCrossEntropy },
}

describe("PyTorch's float64 figures", () => {
  it("are there for all the ops they should be there for", () => {
    expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(Object.keys(OPS)))
    expect(cases.length).toBe(31)
  })

  describe.each([
    { gpu: asItIs, which: "that this adapter gets" },
    { gpu: asGpu, which: "that a GPU gets" },
  ])("by the kernels $which", ({ gpu }) => {
    it.each(cases)("$op $options", async ({ op, options, inputs, cotangent, output, grads }) => {
      const tensors = Object.entries(inputs).map(([name, { shape, data }]) =>
        gpu.tensor(shape, data, { requiresGrad: name in grads }),
      )
      const run = OPS[op] as (...args: unknown[]) => Tensor
      const y = run(...tensors, options)
      expect(y.shape).toEqual(output.shape)
      y.backward(gpu.tensor(cotangent.shape, cotangent.data))
      const tolerance = { name: op, terms: 1 }
      compare(tolerance, "y", await y.read(), output)
      for (const [i, name] of Object.keys(inputs).entries()) {
        if (name in grads) compare(tolerance, `d${name}`, await tensors[i].grad!.read(), grads[name])
        else expect(tensors[i].grad).toBeUndefined()
      }
      gpu.endStep()
    })
  })
})
