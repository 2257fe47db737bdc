/** The networks of `--model`. */
import { readFileSync } from "node:fs"
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

it("are counted in docs/networks.md: parameters, and multiply-adds at both default sizes", () => {
  const rows = Object.values(networks).map((network) => {
    const [drawn, read] = (["phantom", "folder"] as const).map((source) => network.defaultSize(source))
    const cost = (size: number) => network.build(size, 1).summary([1, 1, size, size])
    const [parameters, mine, files] = [cost(drawn).parameters, cost(drawn).multiplyAdds, cost(read).multiplyAdds].map(
      (count) => count.toLocaleString("en-US"),
    )
    return `| \`${network.name}\` | ${parameters} | ${drawn} | ${mine} | ${read}: ${files} |`
  })
  const page = readFileSync("docs/networks.md", "utf8")
  expect(rows.filter((row) => !page.includes(row))).toEqual([])
})

it.each(["resnet18", "mobilenet_v2"])("%s takes images of 32 pixels, and none smaller", (name) => {
  for (const outputs of [1, 3]) expect(networks[name].buildChecked(32, outputs)).toBeDefined()
  expect(() => networks[name].build(31, 1)).toThrow(`the network ${name} needs images of 32 pixels or more, got 31`)
})
