/** Residual blocks: two ways from x to y, and what goes over both of them. */
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import * as plainly from "../../bench/reference/references.ts"
import type { Plain } from "../../src/index.ts"
import {
  BatchNorm2d,
  Conv2d,
  conv2d,
  Dense,
  Flatten,
  GlobalAvgPool,
  gradcheck,
  Module,
  ReLU,
  Residual,
  relu,
  Sequential,
  type Tensor,
} from "../../src/index.ts"
import { networkFrom } from "../../src/weights/architecture.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

/** A convolution with weights from outside, which gradients can be asked of. */
class With extends Module {
  constructor(
    readonly w: Tensor,
    readonly stride = 1,
  ) {
    super()
  }
  override forward(x: Tensor): Tensor {
    return conv2d(x, this.w, undefined, { stride: this.stride, padding: (this.w.shape[2] - 1) / 2 })
  }
}

const positive = plainly.elementwise((x) => Math.max(x, 0))
const sum = plainly.elementwise((a, b) => a + b)
const convolved = (x: Plain, w: Plain, stride = 1) => plainly.conv2d({ stride, padding: (w.shape[2] - 1) / 2 })(x, w)

/** y = x + conv(relu(conv(x))) */
const withoutShortcut = {
  inputs: { x: { shape: [2, 3, 5, 4] }, w1: { shape: [2, 3, 3, 3] }, w2: { shape: [3, 2, 3, 3] } },
  op: (x: Tensor, w1: Tensor, w2: Tensor) =>
    new Residual(new Sequential(new With(w1), new ReLU(), new With(w2))).forward(x),
  reference: (x: Plain, w1: Plain, w2: Plain) => sum(convolved(positive(convolved(x, w1)), w2), x),
  terms: 27 * 18,
}

/** y = relu(conv(x) + conv(x)), both in steps of 2 */
const withShortcut = {
  inputs: { x: { shape: [2, 2, 7, 5] }, w1: { shape: [3, 2, 3, 3] }, w2: { shape: [3, 2, 1, 1] } },
  op: (x: Tensor, w1: Tensor, w2: Tensor) =>
    new Residual(new Sequential(new With(w1, 2)), new Sequential(new With(w2, 2)), { relu: true }).forward(x),
  reference: (x: Plain, w1: Plain, w2: Plain) => positive(sum(convolved(x, w1, 2), convolved(x, w2, 2))),
  terms: 100,
}

describe("a residual block", () => {
  it.each([
    { name: "without a shortcut", ...withoutShortcut },
    { name: "with a shortcut and a relu", ...withShortcut },
    {
      name: "larger than a workgroup",
      ...withoutShortcut,
      inputs: { x: { shape: [1, 4, 17, 19] }, w1: { shape: [2, 4, 1, 1] }, w2: { shape: [4, 2, 3, 3] } },
    },
  ])("$name: forward and gradients", async (test) => {
    await gradcheck(gpu, test)
  })

  it("names its layers as torchvision does, beside those of the shortcut", () => {
    const block = new Residual(
      new Sequential({ conv1: new Conv2d(2, 4, { kernel: 3, padding: 1, bias: false }), bn1: new BatchNorm2d(4) }),
      new Sequential(new Conv2d(2, 4, { kernel: 1 })),
    )
    const model = new Sequential({ layer1: new Sequential(block) }).to(gpu)
    const norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    expect([...model.stateDict().keys()]).toEqual([
      "layer1.0.conv1.weight",
      ...norm.map((name) => `layer1.0.bn1.${name}`),
      "layer1.0.downsample.0.weight",
      "layer1.0.downsample.0.bias",
    ])
    model.eval()
    expect([...model.modules()].every(([, module]) => !module.training)).toBe(true)
    expect(model.summary([5, 2, 6, 6]).rows).toEqual([
      ...[{ name: "layer1.0.conv1", layer: "Conv2d", outputShape: [5, 4, 6, 6], parameters: 72, multiplyAdds: 12960 }],
      ...[{ name: "layer1.0.bn1", layer: "BatchNorm2d", outputShape: [5, 4, 6, 6], parameters: 8, multiplyAdds: 0 }],
      {
        ...{ name: "layer1.0.downsample.0", layer: "Conv2d", outputShape: [5, 4, 6, 6] },
        ...{ parameters: 12, multiplyAdds: 1440 },
      },
      ...[{ name: "layer1.0", layer: "Residual", outputShape: [5, 4, 6, 6], parameters: 0, multiplyAdds: 0 }],
    ])
    expect(block.multiplyAdds([5, 2, 6, 6])).toBe(12960 + 1440)
  })

  it("fuses the layers of its body, to the same numbers", async () => {
    const layers = [new Conv2d(2, 2, { kernel: 3, padding: 1 }), new BatchNorm2d(2), new ReLU()]
    const block = new Residual(new Sequential(...layers)).to(gpu, { seed: 3 })
    const values = draw([2, 2, 4, 4], 1)
    const x = gpu.tensor([2, 2, 4, 4], values)
    const [y, plain] = [block.forward(x), layers.reduce((y, layer) => layer.forward(y), x)]
    const expected = (await plain.read()).map((value, i) => Math.fround(value + values[i]))
    expect(await y.read()).toEqual(expected)
    gpu.endStep()
  })

  it("is split before and behind, not inside", async () => {
    const block = () => new Residual(new Sequential(new Conv2d(2, 2, { kernel: 3, padding: 1 })))
    const model = new Sequential({
      ...{ conv: new Conv2d(1, 2, { kernel: 3 }), blocks: new Sequential(block(), new ReLU(), block()) },
      ...{ pool: new GlobalAvgPool(), fc: new Dense(2, 1) },
    }).to(gpu, { seed: 1 })
    expect([...model.leaves()].map(([name]) => name)).toEqual([
      "conv",
      "blocks.0",
      "blocks.1",
      "blocks.2",
      "pool",
      "fc",
    ])
    const x = gpu.tensor([2, 1, 6, 6], draw([2, 1, 6, 6], 3))
    const whole = await model.forward(x).read()
    const names = (part: Sequential) => [...part.stateDict().keys()]
    for (let at = 0; at <= 6; at++) {
      const [first, rest] = model.split(at)
      expect([...names(first), ...names(rest)]).toEqual(names(model))
      const y = await rest.forward(first.forward(x)).read()
      for (const [i, value] of y.entries()) expect(Math.abs(value - whole[i]), `split at ${at}`).toBeLessThan(1e-6)
    }
    expect(model.split(2)[0].forward(x).shape).toEqual([2, 2, 4, 4])
    expect(() => model.split(7)).toThrow("split at 7, expected a whole number from 0 to the 6 layers")
    gpu.endStep()
  })

  it("backpropagates through 100 blocks, 200 layers: in linear time, without recursion", () => {
    const dispatches = (count: number) => {
      const blocks = Array.from({ length: count }, () => new Residual(new Sequential(new Dense(2, 2), new ReLU())))
      const model = new Sequential(...blocks).to(gpu, { seed: 1 })
      const before = gpu.counters.dispatches
      model.forward(gpu.tensor([1, 2], [1, -1])).backward(gpu.tensor([1, 2], [1, 1]))
      gpu.endStep()
      return gpu.counters.dispatches - before
    }
    const [few, more, most] = [1, 51, 101].map(dispatches)
    expect(most - more).toBe(more - few)
    expect(most).toBeLessThan(101 * 8)
  })
})

describe("refuses", () => {
  const conv = (from: number, to: number, stride = 1) =>
    new Sequential(new Conv2d(from, to, { kernel: 3, padding: 1, stride }))

  it("shapes that do not fit, naming both", () => {
    const shape = [2, 3, 8, 8]
    const x = gpu.tensor(shape, draw(shape, 1))
    const wide = new Residual(conv(3, 4))
    const message =
      "Residual: its body makes [2,3,8,8] into [2,4,8,8], without a shortcut that is added to x itself. " +
      "Give it a shortcut that makes [2,4,8,8], such as a Conv2d with kernel 1 and the stride of the body"
    expect(() => wide.outputShape(shape)).toThrow(message)
    expect(() => wide.to(gpu).forward(x)).toThrow(message)
    const strided = new Residual(conv(3, 4, 2), new Sequential(new Conv2d(3, 4, { kernel: 1 })))
    expect(() => strided.outputShape(shape)).toThrow(
      "Residual: its body makes [2,3,8,8] into [2,4,4,4], its shortcut into [2,4,8,8]. Give it a shortcut that makes [2,4,4,4]",
    )
    expect(() => new Sequential({ a: conv(1, 3), block: wide }).summary([1, 1, 5, 5])).toThrow(
      "[1,3,5,5] into [1,4,5,5]",
    )
    gpu.endStep()
  })

  it("what is no chain of layers", () => {
    class Twice extends Sequential {
      override forward(x: Tensor): Tensor {
        return relu(super.forward(x))
      }
    }
    const message = (what: string, found: string) =>
      `Residual: its ${what} is ${found}, expected a Sequential with the forward of Sequential`
    expect(() => new Residual(new ReLU() as never)).toThrow(message("body", "a ReLU"))
    expect(() => new Residual(undefined as never)).toThrow(message("body", "undefined"))
    expect(() => new Residual(new Twice())).toThrow(message("body", "a Twice"))
    expect(() => new Residual(conv(1, 1), new Flatten() as never)).toThrow(message("shortcut", "a Flatten"))
    expect(() => new Residual(new Sequential({ downsample: new ReLU() }))).toThrow(
      'Residual: a layer of its body is named "downsample", the name of the shortcut; choose another',
    )
  })

  it.each([
    ["no layers", {}, 'layer "a": its layers are missing, expected a list'],
    ["a shortcut that is no chain", { layers: [{ name: "downsample", type: "ReLU" }] }, "its shortcut is a ReLU"],
    [
      "a text for a yes",
      { layers: [], options: { relu: "no" } },
      'layer "a" (Residual): option relu is "no", taken as true',
    ],
    [
      "a layer that is none",
      { layers: [{ name: "b", type: "Odd" }] },
      'layer "a.b" is a "Odd", which this program does not have',
    ],
  ])("to be rebuilt from a file with %s", (_, more, message) => {
    expect(() => networkFrom([{ name: "a", type: "Residual", ...more }])).toThrow(message)
  })
})

await describeMutants({ withoutShortcut, withShortcut }, [
  ["withoutShortcut", "binary", "a[i] + b[i]", "a[i]", "x not added, or the gradient of one way lost"],
  ["withShortcut", "binary", "a[i] + b[i]", "b[i]", "the body lost"],
  ["withShortcut", "relu_backward_input", "select(dy[i], 0.0, bitcast<u32>(y[i]) == 0u)", "dy[i]", "no mask"],
])
