/** `defineNetwork`: what it takes, what it refuses, and what is checked of what it builds. */
import { describe, expect, it } from "vitest"
import { Dense, defineNetwork, Flatten, type NetworkOptions, Sequential } from "../../src/index.ts"

const build = (size: number, outputs: number) => new Sequential(new Flatten(), new Dense(size ** 2, outputs))
const define = (options: object) => defineNetwork({ size: 16, build, ...options } as NetworkOptions)

it("takes a size and layers; all images have that size unless files have another", () => {
  const network = define({})
  expect([network.name, network.size, network.file]).toEqual(["network", 16, null])
  expect([network.defaultSize("phantom"), network.defaultSize("folder")]).toEqual([16, 16])
  expect(define({ fileSize: 32 }).defaultSize("folder")).toBe(32)
  expect(network.buildChecked(8, 3).outputShape([2, 1, 8, 8])).toEqual([2, 3])
})

it("calls build as a method of its options", () => {
  const network = define({
    name: "own",
    build(this: NetworkOptions, size: number, outputs: number) {
      expect(this.name).toBe("own")
      return build(size, outputs)
    },
  })
  expect(network.build(8, 1)).toBeInstanceOf(Sequential)
})

describe("refuses", () => {
  it.each<[options: unknown, message: string]>([
    [undefined, "defineNetwork: got undefined, expected { size, build(size, outputs) }"],
    [build, "defineNetwork: got a function, expected"],
    [{ build }, "defineNetwork: size is undefined, expected a whole number from 1 to 4096"],
    [{ build, size: "64" }, 'defineNetwork: size is "64", expected a whole number from 1 to 4096'],
    [{ build, size: 1.5 }, "defineNetwork: size is 1.5, expected a whole number"],
    [{ build, size: 5000 }, "defineNetwork: size is 5000, expected a whole number from 1 to 4096"],
    [{ build, size: 16, minSize: 0 }, "defineNetwork: minSize is 0, expected a whole number"],
    [{ build, size: 16, minSize: 32 }, "defineNetwork: size is 16, under minSize, which is 32"],
    [{ build, size: 16, fileSize: 8, minSize: 16 }, "defineNetwork: fileSize is 8, under minSize, which is 16"],
    [{ build, size: 16, name: "" }, 'defineNetwork: name is "", expected a text that is not empty'],
    [{ size: 16 }, "defineNetwork: build is undefined, expected a function build(size, outputs)"],
    [
      { build, size: 16, sise: 1 },
      'defineNetwork: there is no option "sise"; the options are size, fileSize, minSize, name, build',
    ],
  ])("%j", (options, message) => {
    expect(() => defineNetwork(options as NetworkOptions)).toThrow(message)
  })

  it.each<[what: string, options: object, message: string]>([
    ["images that are too small", { minSize: 12 }, "the network network needs images of 12 pixels or more, got 8"],
    [
      "no Sequential",
      { build: () => new Dense(64, 1) },
      "network: build(8, 1) returned a Dense, expected a Sequential",
    ],
    ["nothing", { build: () => undefined }, "network: build(8, 1) returned undefined, expected a Sequential"],
    [
      "an exception",
      {
        build: () => {
          throw new Error("boom")
        },
      },
      "network: build(8, 1) failed: boom",
    ],
    [
      "layers that do not fit",
      { build: () => build(9, 1) },
      "network: layer 1 (Dense) does not take [1,64], for images of 8 pixels",
    ],
    [
      "a wrong number of outputs",
      { build: () => build(8, 3) },
      "network: build(8, 1) makes [1,1,8,8] into [1,3], expected [1,1]",
    ],
  ])("to build %s", (_, options, message) => {
    expect(() => define(options).buildChecked(8, 1)).toThrow(message)
  })
})
