/** The networks of `--model`. */
import { expect, it } from "vitest"
import { AvgPool2d } from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import type { Shape } from "../../src/tensor/tensor.ts"

it.each([16, 17, 80, 100, 127, 128])("small at %i pixels pools all of the image, its border too", (size) => {
  const layers = networks.small
    .build(size, 1)
    .layers()
    .map(([, layer]) => layer)
  let shape: Shape = [1, 1, size, size]
  for (const layer of layers) {
    // A pool of 2 in steps of 2 sees 2 pixels an output, less its padding on both sides.
    if (layer instanceof AvgPool2d) {
      const { padding = 0 } = layer.options
      const seen = 2 * layer.outputShape(shape)[2] - padding
      expect(seen).toBeGreaterThanOrEqual(shape[2])
    }
    shape = layer.outputShape(shape)
  }
  expect(shape).toEqual([1, 1])
})

it("small begins with edges, the same for every seed, and draws its other filters", () => {
  const values = (name: string, seed: number) => networks.small.build(80, 1).firstValues(name, seed)
  expect(values("0.weight", 1)).toEqual(values("0.weight", 2))
  expect(values("4.weight", 1)).not.toEqual(values("4.weight", 2))
})
