/** Weights from elsewhere: which tensors fit, under which names. */
import { describe, expect, it } from "vitest"
import { BatchNorm2d, Conv2d, Dense, Flatten, Sequential } from "../../src/index.ts"
import { sizeOf } from "../../src/tensor/tensor.ts"
import { shapesOf } from "../../src/weights/check_weights.ts"
import { fitWeights } from "../../src/weights/fit_weights.ts"
import type { Weights } from "../../src/weights/weights.ts"

const network = () =>
  new Sequential({
    conv1: new Conv2d(1, 2, { kernel: 3, padding: 1 }),
    bn1: new BatchNorm2d(2),
    conv2: new Conv2d(2, 1, { kernel: 3, padding: 1 }),
    flatten: new Flatten(),
    fc: new Dense(16, 1),
  })

/** Each tensor filled with other numbers. */
const tensors = (shapes: Iterable<[string, readonly number[]]>): Weights =>
  new Map([...shapes].map(([name, shape], k) => [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => k + i / 100) }])) // biome-ignore format: a map

const own = tensors(shapesOf(network()))
const renamed = (weights: Weights, name: (own: string) => string): Weights =>
  new Map([...weights].map(([key, tensor]) => [name(key), tensor]))
const without = (weights: Weights, ...names: string[]): Weights =>
  new Map([...weights].filter(([name]) => !names.includes(name)))
const fit = (weights: Weights) => fitWeights(network(), weights, "x.safetensors", "mine")

describe("tensors that fit", () => {
  it("are taken by name, all but counts of batches", () => {
    const { weights, ...rest } = fit(own)
    expect(rest).toEqual({ unused: [], missing: [], notes: [] })
    expect(weights).toEqual(without(own, "bn1.num_batches_tracked"))
    expect(fit(without(own, "bn1.num_batches_tracked")).missing).toEqual([])
  })

  it.each(["module.", "_orig_mod.", "model.", "module._orig_mod.", "model._orig_mod."])(
    "are taken without %s before their names",
    (prefix) => {
      const { weights, notes } = fit(renamed(own, (name) => prefix + name))
      expect(weights).toEqual(without(own, "bn1.num_batches_tracked"))
      expect(notes).toEqual([`"${prefix}" was removed from 10 names`])
    },
  )

  it("keep a prefix that the network itself has", () => {
    const nested = new Sequential({ model: new Sequential({ fc: new Dense(2, 1) }) })
    const given = tensors(shapesOf(nested))
    expect(fitWeights(nested, given, "x", "mine").weights).toEqual(given)
    const { notes } = fitWeights(nested, renamed(given, (name) => `module.${name}`), "x", "mine") // biome-ignore format: a line
    expect(notes).toEqual(['"module." was removed from 2 names'])
  })

  it("are listed both ways where they do not", () => {
    const shapes: [string, number[]][] = [
      ["fc.weight", [1000, 16]],
      ["head.bias", [3]],
      ["model.bn1.bias", [2]],
    ]
    const { weights, unused, missing } = fit(new Map([...without(own, "fc.weight", "conv2.bias"), ...tensors(shapes)]))
    expect(unused).toEqual([
      "fc.weight [1000,16], the network has [1,16]",
      "head.bias [3], not in the network",
      "model.bn1.bias [2], bn1.bias is given twice",
    ])
    expect(missing).toEqual(["conv2.bias [1]", "fc.weight [1,16]"])
    expect(weights.get("bn1.bias")!.data).toBe(own.get("bn1.bias")!.data)
  })

  it("are summed over colours in the first convolution, and in no other", () => {
    const rgb = tensors([["conv1.weight", [2, 3, 3, 3]]])
    const { weights, notes } = fit(new Map([...own, ...rgb]))
    expect(notes).toEqual(["conv1.weight was summed over its 3 colours, since images are gray"])
    const { data } = rgb.get("conv1.weight")!
    const sums = [0, 1].flatMap((o) => Array.from({ length: 9 }, (_, i) => [0, 1, 2].reduce((sum, c) => sum + data[o * 27 + c * 9 + i], 0))) // biome-ignore format: a line
    const { shape, data: summed } = weights.get("conv1.weight")!
    expect(shape).toEqual([2, 1, 3, 3])
    for (const [i, value] of summed.entries()) expect(value).toBeCloseTo(sums[i], 5)
    const { unused } = fit(new Map([...own, ...tensors([["conv2.weight", [1, 3, 3, 3]]])]))
    expect(unused).toEqual(["conv2.weight [1,3,3,3], the network has [1,2,3,3]"])
  })

  it("are refused where there are none, with both lists", () => {
    const other = tensors([
      ["layer.weight", [7, 7]],
      ["fc.weight", [2, 2]],
    ])
    expect(() => fit(other)).toThrow(
      "x.safetensors: none of its tensors has a name and shape of the network mine.\n" +
        "In the file: layer.weight [7,7], fc.weight [2,2]\n" +
        "In the network: conv1.weight [2,1,3,3], conv1.bias [2], bn1.weight [2], bn1.bias [2], bn1.running_mean [2], " +
        "bn1.running_var [2], conv2.weight [1,2,3,3], conv2.bias [1], ... and 2 more",
    )
  })

  it("are refused where they are no numbers", () => {
    const bad = new Map([...own, ["fc.bias", { shape: [1], data: new Float32Array([Number.NaN]) }]])
    expect(() => fit(bad)).toThrow("x.safetensors: fc.bias holds numbers that are not finite")
  })
})
