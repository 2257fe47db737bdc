/**
 * Networks from the layers that a weights file tells, and what a layer without a descriptor cannot
 * do.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import * as cnn from "../../src/index.ts"
import { BUILT_IN, type Described } from "../../src/layers/built_in.ts"
import type { LayerDescriptor } from "../../src/layers/descriptor.ts"
import { networks } from "../../src/models/networks.ts"
import { architectureOf, layersWithout, networkFrom } from "../../src/weights/architecture.ts"
import { openForTests } from "../support/open.ts"
import { anyWeights, network, outputOf } from "../support/random_network.ts"

const gpu = await openForTests()

/** As it comes back from a weights file. */
const rebuilt = (model: cnn.Sequential) => networkFrom(JSON.parse(JSON.stringify(architectureOf(model))))

describe("networkFrom", () => {
  it("rebuilds random networks of all layers: the same architecture, and the same bits from the same weights", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(network, async ({ shape, layers, seed }) => {
        const model = new cnn.Sequential(...layers)
        const again = rebuilt(model)
        for (const [, layer] of again.leaves()) seen.add(layer.constructor.name)
        expect(architectureOf(again)).toEqual(architectureOf(model))
        expect([...again.leaves()].map(([name]) => name)).toEqual([...model.leaves()].map(([name]) => name))
        const [weights, x] = [anyWeights(model, seed), draw(shape, seed)]
        expect(await outputOf(gpu, again, weights, x, shape)).toEqual(await outputOf(gpu, model, weights, x, shape))
      }),
      { numRuns: 50 },
    )
    // Of 50 networks each layer is in one, but by a chance of less than 1 in 10,000.
    expect([...seen].sort()).toEqual(Object.keys(BUILT_IN).sort())
  })

  it.each(Object.keys(networks))("rebuilds the network %s", (name) => {
    const model = networks[name].build(64, 3)
    const again = rebuilt(model)
    expect(architectureOf(again)).toEqual(architectureOf(model))
    expect(again.summary([2, 1, 64, 64])).toMatchObject({ rows: model.summary([2, 1, 64, 64]).rows })
  })

  it("takes PyTorch's defaults for options that are not there", () => {
    expect(architectureOf(networkFrom([{ name: "p", type: "MaxPool2d", options: { kernel_size: 3 } }]))).toEqual([
      { name: "p", type: "MaxPool2d", options: { kernel_size: 3, stride: 3, padding: 0 } },
    ])
  })

  const conv = { in_channels: 1, out_channels: 2, kernel_size: 3 }
  const one = (type: unknown, options?: object, more: object = {}) => [{ name: "a", type, options, ...more }]
  it.each([
    ["no list", { layers: [] }, 'the network: its layers are {"layers":[]}, expected a list'],
    ["no object", [3], "the network: 3, expected an object"],
    ["no name", [{ type: "ReLU" }], "the network: a layer in it is named missing, expected a text without dots"],
    ["a dot in a name", [{ name: "a.b", type: "ReLU" }], 'named "a.b", expected a text without dots'],
    ["a name twice", [...one("ReLU"), ...one("ReLU")], "its layers are named a, a, expected each name once"],
    [
      "numbers out of order",
      ["1", "0"].map((name) => ({ name, type: "ReLU" })),
      "its layers are named 1, 0, expected each name once, numbers in order",
    ],
    [
      "an unknown type",
      one("Sequential", undefined, { layers: [{ name: "3", type: "Conv3d" }] }),
      'layer "a.3" is a "Conv3d", which this program does not have; it has AvgPool2d, BatchNorm2d, Conv2d, ',
    ],
    ["a type of Object's", one("constructor"), 'layer "a" is a "constructor", which this program does not have'],
    ["no type", one(undefined), 'layer "a" is a missing, which this program does not have'],
    [
      "an unknown option",
      one("Conv2d", { ...conv, padding_mode: "reflect" }),
      'layer "a" (Conv2d): unknown option padding_mode; it takes in_channels, out_channels, kernel_size, stride, ',
    ],
    ["a field of ours", one("Conv2d", { ...conv, init: 1 }), 'layer "a" (Conv2d): unknown option init'],
    [
      "an option that is missing",
      one("Linear", { in_features: 1 }),
      'layer "a" (Linear): Dense: outFeatures is undefined, expected a whole number of 1 or more',
    ],
    [
      "a text for a number",
      one("LeakyReLU", { negative_slope: "0.1" }),
      'layer "a" (LeakyReLU): LeakyReLU: negativeSlope is 0.1, expected a number',
    ],
    ["a text for a share", one("Dropout", { p: "0.1" }), 'layer "a" (Dropout): Dropout: p is 0.1, expected a number'],
    [
      "a text for a yes",
      one("Conv2d", { ...conv, bias: "no" }),
      'layer "a" (Conv2d): option bias is "no", taken as true',
    ],
    ["options in a list", one("ReLU", []), 'layer "a" (ReLU): options: [], expected an object'],
    ["nesting without end", nested(200), "nested more than 100 deep"],
  ])("refuses %s", (_, architecture, message) => {
    expect(() => networkFrom(architecture)).toThrow(message)
  })
})

function nested(depth: number): object[] {
  return depth === 0 ? [] : [{ name: "a", type: "Sequential", layers: nested(depth - 1) }]
}

class Odd extends cnn.Module {
  override forward(x: cnn.Tensor): cnn.Tensor {
    return x
  }
}

/** Computes what a ReLU does, and says so; ONNX it forgot. */
class Halfway extends cnn.ReLU {
  static override readonly descriptor = { torch: cnn.ReLU.descriptor.torch } as LayerDescriptor<Halfway>
}

/** PyTorch has it, this program does not. */
class Tanh extends Odd {
  static readonly descriptor: Partial<LayerDescriptor<Tanh>> = {
    torch: { type: "Tanh", layer: () => new Tanh() },
    onnx: () => [{ op: "Tanh" }],
  }
}

class Skipping extends cnn.Sequential {
  override forward(x: cnn.Tensor): cnn.Tensor {
    return cnn.add(x, super.forward(x))
  }
}

describe("layersWithout", () => {
  it("finds nothing in a network of built-in layers", () => {
    expect(layersWithout(networks.small.build(64, 1))).toEqual([])
    class Mine extends cnn.Sequential {}
    expect(layersWithout(new Mine(new cnn.Sequential(new cnn.GlobalAvgPool())))).toEqual([])
  })

  it("names the layers, those inside others too, and what they lack", () => {
    const inner = { odd: new Odd(), sub: new (class Sub extends cnn.ReLU {})(), half: new Halfway(), tanh: new Tanh() }
    const model = new cnn.Sequential(new cnn.ReLU(), new cnn.Sequential(inner), new Skipping(new cnn.ReLU()))
    const all = ["PyTorch", "ONNX", "rebuilding"]
    expect(layersWithout(model)).toEqual([
      { name: "1.odd", layer: "Odd", missing: all },
      // A subclass may compute something else.
      { name: "1.sub", layer: "Sub", missing: all },
      // What it computes may differ from PyTorch's layer, and a file without its class cannot tell.
      { name: "1.half", layer: "Halfway", missing: ["ONNX", "rebuilding"] },
      { name: "1.tanh", layer: "Tanh", missing: ["rebuilding"] },
      { name: "2", layer: "Skipping", missing: all },
    ])
    const block = new cnn.Residual(new cnn.Sequential(new Odd()), new cnn.Sequential({ odd: new Odd() }))
    expect(layersWithout(new cnn.Sequential({ block }))).toEqual([
      { name: "block.0", layer: "Odd", missing: all },
      { name: "block.downsample.odd", layer: "Odd", missing: all },
    ])
    class Mine extends cnn.Residual {}
    const mine = new Mine(new cnn.Sequential(new cnn.ReLU()))
    expect(layersWithout(new cnn.Sequential(mine))).toEqual([{ name: "0", layer: "Mine", missing: all }])
    expect(layersWithout(new Skipping(new cnn.ReLU()))).toEqual([{ name: "", layer: "Skipping", missing: all }])
  })

  it("counts a user's class as one to rebuild from its file, whatever PyTorch layer it claims to be", () => {
    class Quick extends Odd {
      static readonly descriptor: Partial<LayerDescriptor<Quick>> = {
        torch: { type: "GELU", layer: () => new Quick() },
        onnx: () => [{ op: "Identity" }],
      }
    }
    class Same extends cnn.GELU {
      static override readonly descriptor = cnn.GELU.descriptor
    }
    for (const layer of [new Quick(), new Same()])
      expect(layersWithout(new cnn.Sequential(layer))).toMatchObject([{ missing: ["rebuilding"] }])
  })

  it("is what architectureOf refuses, by the layer's path", () => {
    const add = 'Odd has no static descriptor with "torch"; add one as in docs/export.md, "A layer of your own"'
    const model = new cnn.Sequential({ body: new cnn.Sequential(new cnn.ReLU(), new Odd()) })
    expect(() => architectureOf(model)).toThrow(`layer "body.1" (Odd) cannot be described to PyTorch: ${add}`)
    expect(() => architectureOf(new Skipping(new cnn.ReLU()))).toThrow(
      "the network (Skipping) cannot be described to PyTorch",
    )
    expect(architectureOf(new cnn.Sequential(new Tanh(), new Halfway()))).toEqual([
      { name: "0", type: "Tanh" },
      { name: "1", type: "ReLU" },
    ])
  })
})

describe("a layer without a descriptor among the exports", () => {
  it("does not compile, nor does one that lacks a part of it; with it, it does", () => {
    const { descriptor } = cnn.ReLU
    class Partly extends Odd {
      static readonly descriptor = { torch: descriptor.torch, onnx: descriptor.onnx, lesson: descriptor.lesson }
    }
    class Wholly extends Odd {
      static readonly descriptor: LayerDescriptor<Wholly> = descriptor
    }
    // @ts-expect-error Odd has none
    const none: Described<{ Odd: typeof Odd }> = { Odd }
    // @ts-expect-error Partly does not say what a class activation map makes of it
    const part: Described<{ Partly: typeof Partly }> = { Partly }
    const whole: Described<{ Wholly: typeof Wholly; relu: typeof cnn.relu }> = { Wholly }
    // What counts here are the types: `npm run types` fails where an expected error is missing.
    expect([none, part, whole].every((exports) => typeof exports === "object")).toBe(true)
  })

  it("leaves none of the exported classes out", () => {
    const classes = Object.entries(cnn).filter(
      ([, value]) => typeof value === "function" && value.prototype instanceof cnn.Module,
    )
    expect([...Object.keys(BUILT_IN), "Sequential"].sort()).toEqual(classes.map(([name]) => name).sort())
  })
})
