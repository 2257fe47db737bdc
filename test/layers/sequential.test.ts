import { describe, expect, it, vi } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import { BatchNorm2d } from "../../src/layers/batch_norm2d.ts"
import { Conv2d } from "../../src/layers/conv2d/conv2d.ts"
import { Flatten } from "../../src/layers/flatten.ts"
import { Dense } from "../../src/layers/matmul/dense.ts"
import { MaxPool2d } from "../../src/layers/max_pool2d.ts"
import type { Module } from "../../src/layers/module.ts"
import { mul } from "../../src/layers/mul.ts"
import { ReLU, relu } from "../../src/layers/relu.ts"
import { Sequential } from "../../src/layers/sequential.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const names = (module: Sequential) => [...module.stateDict().keys()]

describe("Sequential", () => {
  it("names its layers as PyTorch does, nested too", () => {
    const inner = new Sequential({ conv1: new Conv2d(1, 2, { kernel: 3 }), relu1: new ReLU() })
    const model = new Sequential(inner, new Flatten(), new Dense(8, 1)).to(gpu)
    expect(names(model)).toEqual(["0.conv1.weight", "0.conv1.bias", "2.weight", "2.bias"])
    expect(model.parameters().map(({ name }) => name)).toEqual(names(model))
  })

  it("runs its layers in order", async () => {
    const model = new Sequential(new Flatten(), new Dense(2, 1, { bias: false }), new ReLU()).to(gpu)
    model.loadStateDict(new Map([["1.weight", { shape: [1, 2], data: [2, -1] }]]))
    const y = model.forward(gpu.tensor([2, 1, 1, 2], [3, 1, 1, 3]))
    expect([...(await y.read())]).toEqual([5, 0])
  })

  it.each([
    { layers: [new ReLU()], shape: [4, 3, 5, 7], kernels: ["batch_norm2d"] },
    {
      layers: [new ReLU(), new MaxPool2d({ kernel: 2 })],
      shape: [4, 3, 6, 10],
      kernels: ["batch_norm2d_relu_max_pool2d"],
    },
    {
      layers: [new ReLU(), new MaxPool2d({ kernel: 3 })],
      shape: [2, 3, 9, 6],
      kernels: ["batch_norm2d_relu_max_pool2d"],
    },
    {
      layers: [new ReLU(), new MaxPool2d({ kernel: 2 })],
      shape: [4, 3, 5, 10],
      kernels: ["batch_norm2d", "max_pool2d"],
    },
    {
      layers: [new ReLU(), new MaxPool2d({ kernel: 2, stride: 1 })],
      shape: [4, 3, 5, 6],
      kernels: ["batch_norm2d", "max_pool2d"],
    },
    {
      layers: [new MaxPool2d({ kernel: 2 }), new ReLU()],
      shape: [4, 3, 6, 6],
      kernels: ["batch_norm2d", "max_pool2d", "relu"],
    },
  ])("fuses batch norm with $layers.length layers of x $shape: $kernels", async ({ layers, shape, kernels }) => {
    const norm = new BatchNorm2d(shape[1])
    const model = new Sequential(norm, ...layers).to(gpu)
    const values = draw(shape, 1)
    const run = async (forward: (x: Tensor) => Tensor) => {
      const x = gpu.tensor(shape, values)
      const y = forward(x)
      y.backward(gpu.tensor(y.shape, draw(y.shape, 2), { requiresGrad: false }))
      const gradients = await Promise.all(
        [x.grad!, ...model.parameters().map(({ grad }) => grad!)].map((t) => t.read()),
      )
      const output = await y.read()
      gpu.endStep()
      return { output, gradients }
    }
    const ran = vi.spyOn(gpu, "run")
    model.forward(gpu.tensor(shape, values))
    const names = ran.mock.calls.map(([name]) => name).filter((name) => !/_(slice|statistics)$/.test(name))
    ran.mockRestore()
    expect(names).toEqual(kernels)
    const fused = await run((x) => model.forward(x))
    const plain = await run((x) => layers.reduce((y, layer) => layer.forward(y), norm.forward(x)))
    expect(fused.output).toEqual(plain.output)
    fused.gradients.forEach((gradient, i) => {
      const off = gradient.map((value, k) => Math.abs(value - plain.gradients[i][k]) / (1 + Math.abs(value)))
      expect(Math.max(...off)).toBeLessThan(2e-6)
    })
  })

  it("does a dense layer and its ReLU at once, forward and backward", async () => {
    const model = new Sequential(new Dense(5, 4), new ReLU()).to(gpu, { seed: 2 })
    const ran = vi.spyOn(gpu, "run")
    const x = gpu.tensor([3, 5], draw([3, 5], 1))
    const y = model.forward(x)
    y.backward(gpu.tensor([3, 4], draw([3, 4], 2), { requiresGrad: false }))
    expect(ran.mock.calls.map(([name]) => name)).toEqual(["dense", "dense_backward"])
    ran.mockRestore()
    expect([...(await y.read())].every((value) => value >= 0)).toBe(true)
    gpu.endStep()
  })

  it("takes a state over as a whole or not at all, naming what does not fit", async () => {
    const model = new Sequential({ fc: new Dense(2, 1), norm: new BatchNorm2d(3) }).to(gpu)
    const values = async () => Promise.all([...model.stateDict().values()].map(async (t) => [...(await t.read())]))
    const state = (name: string, entry?: { shape: number[]; data: number[] }) => {
      const all = [...model.stateDict()].map(([key, { shape, size }]) => {
        return [key, { shape, data: new Array<number>(size).fill(9) }] as const
      })
      return new Map(entry ? [...all, [name, entry] as const] : all.filter(([key]) => key !== name))
    }
    const before = await values()
    const load = (name: string, entry?: { shape: number[]; data: number[] }) => () =>
      model.loadStateDict(state(name, entry))
    expect(load("norm.running_var")).toThrow("loadStateDict: missing norm.running_var; not in this network: none")
    expect(load("fc.b", { shape: [1], data: [1] })).toThrow("missing none; not in this network: fc.b")
    expect(load("fc.weight", { shape: [2, 1], data: [1, 2] })).toThrow(
      "loadStateDict: fc.weight is [2,1], the network has [1,2]",
    )
    for (const data of [[1], [1, 2, 3, 4]]) {
      const message = `loadStateDict: norm.weight is [3], 3 numbers, but holds ${data.length}`
      expect(load("norm.weight", { shape: [3], data })).toThrow(message)
    }
    expect(await values()).toEqual(before)
    model.loadStateDict(state("none", undefined))
    expect(await values()).toEqual([[9, 9], [9], [9, 9, 9], [9, 9, 9], [9, 9, 9], [9, 9, 9], [9]])
  })

  it("hears the forward of a subclass, which may be another function", async () => {
    class Negative extends ReLU {
      override forward(x: Tensor): Tensor {
        return relu(mul(x, gpu.tensor(x.shape, new Float32Array(x.size).fill(-1))))
      }
    }
    const model = new Sequential(new BatchNorm2d(1), new Negative()).to(gpu)
    const y = await model.forward(gpu.tensor([2, 1, 1, 1], [-1, 1])).read()
    expect(y[0]).toBeCloseTo(1, 4)
    expect(y[1]).toBe(0)
  })

  it("sums up shapes, parameters and multiply-adds by layer", () => {
    const features = new Sequential({ conv: new Conv2d(1, 4, { kernel: 3 }), pool: new MaxPool2d({ kernel: 2 }) })
    const model = new Sequential({ features, flat: new Flatten(), head: new Dense(36, 2) })
    const summary = model.summary([5, 1, 8, 8])
    expect(summary.rows.map(({ name, layer, outputShape }) => [name, layer, outputShape])).toEqual([
      ["features.conv", "Conv2d", [5, 4, 6, 6]],
      ["features.pool", "MaxPool2d", [5, 4, 3, 3]],
      ["flat", "Flatten", [5, 36]],
      ["head", "Dense", [5, 2]],
    ])
    expect(summary.parameters).toBe(40 + 74)
    expect(summary.multiplyAdds).toBe(5 * 4 * 36 * 9 + 5 * 72)
    expect(`${summary}`.split("\n").at(-1)).toMatch(/total +114 +6,840/)
    expect(model.multiplyAdds([5, 1, 8, 8])).toBe(summary.multiplyAdds)
  })

  it("is split into two that share its parameters, names and all, and give its output one after the other", async () => {
    const layers = { conv: new Conv2d(1, 2, { kernel: 3 }), relu: new ReLU(), pool: new MaxPool2d({ kernel: 2 }) }
    const model = new Sequential({ ...layers, flat: new Flatten(), fc: new Dense(8, 1) }).to(gpu, { seed: 1 })
    const x = gpu.tensor([2, 1, 6, 6], draw([2, 1, 6, 6], 3))
    const whole = await model.forward(x).read()
    for (let at = 0; at <= 5; at++) {
      const [first, rest] = model.split(at)
      expect([...names(first), ...names(rest)]).toEqual(names(model))
      const y = await rest.forward(first.forward(x)).read()
      expect(
        [...y].map((value, i) => Math.abs(value - whole[i])).every((off) => off < 1e-6),
        `split at ${at}`,
      ).toBe(true)
    }
    const [first] = model.split(2)
    expect(first.forward(x).shape).toEqual([2, 2, 4, 4])
    expect(first.stateDict().get("conv.weight")).toBe(model.stateDict().get("conv.weight"))
    for (const at of [-1, 1.5, 6]) {
      expect(() => model.split(at)).toThrow(
        `Sequential: split at ${at}, expected a whole number from 0 to the 5 layers`,
      )
    }
    gpu.endStep()
  })

  it("refuses what is no layer, and shapes that do not follow", () => {
    expect(() => new Sequential(new ReLU(), "relu" as unknown as ReLU)).toThrow("Sequential: 1 is no layer but relu")
    expect(() => new Sequential(new Flatten(), new Dense(5, 1)).summary([1, 1, 2, 2])).toThrow("expects [N,5]")
    const summary = (layer: Module, shape: number[]) => () => new Sequential(layer).summary(shape)
    const conv = new Conv2d(3, 8, { kernel: 3 })
    expect(summary(conv, [5, 1, 8, 8])).toThrow("Conv2d: the input is [5,1,8,8], the layer expects [N,3,H,W]")
    expect(summary(conv, [5, 3, 8])).toThrow("Conv2d: the input is [5,3,8], the layer expects [N,3,H,W]")
    expect(summary(new BatchNorm2d(4), [5, 3, 8, 8])).toThrow(
      "BatchNorm2d: the input is [5,3,8,8], the layer expects [N,4,H,W]",
    )
    expect(summary(new BatchNorm2d(4), [5, 4])).toThrow("BatchNorm2d: the input is [5,4], the layer expects [N,4,H,W]")
  })
})
