import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { mul } from "../src/layers/mul.ts"
import { sum } from "../src/layers/sum.ts"
import { clipGradNorm } from "../src/optim/clip.ts"
import { ParameterPack } from "../src/tensor/parameters.ts"
import { draw } from "./gradcheck.ts"
import { openForTests } from "./open.ts"

const gpu = await openForTests()
const { clip } = JSON.parse(readFileSync(new URL("fixtures/pytorch_schedules.json", import.meta.url), "utf8"))

/** Parameters whose gradients are the given numbers: the loss is their product's sum. */
function withGradients(gradients: ArrayLike<number>[]) {
  const pack = new ParameterPack(
    gpu,
    gradients.map(({ length }, i) => ({ name: `p${i}`, shape: [length] })),
  )
  pack.list.forEach((parameter, i) => {
    sum(mul(parameter, gpu.tensor([gradients[i].length], gradients[i], { requiresGrad: false }))).backward()
  })
  return pack.list
}

const norm = (...gradients: ArrayLike<number>[]) =>
  Math.sqrt(gradients.flatMap((g) => Array.from(g)).reduce((total, value) => total + value * value, 0))

describe("clipGradNorm", () => {
  it("is PyTorch's", async () => {
    const parameters = withGradients(clip.gradients)
    const [before] = await clipGradNorm(parameters, clip.maxNorm).read()
    const clipped = await Promise.all(parameters.map(({ grad }) => grad!.read()))
    gpu.endStep()
    expect(before).toBeCloseTo(clip.norm, 5)
    clip.clipped.flat().forEach((value: number, i: number) => {
      expect(clipped.flatMap((gradient) => [...gradient])[i]).toBeCloseTo(value, 5)
    })
  })

  it("leaves small gradients as they are, bit for bit", async () => {
    const parameters = withGradients([Float32Array.of(0.1, -0.2)])
    clipGradNorm(parameters, 5)
    expect(await parameters[0].grad!.read()).toEqual(Float32Array.of(0.1, -0.2))
    gpu.endStep()
  })

  it("covers parameters of many workgroups", async () => {
    const gradients = [draw([100_003], 1), draw([77], 2)]
    const parameters = withGradients(gradients)
    const [before] = await clipGradNorm(parameters, 1).read()
    const clipped = await Promise.all(parameters.map(({ grad }) => grad!.read()))
    gpu.endStep()
    expect(Math.abs(before / norm(...gradients) - 1)).toBeLessThan(1e-5)
    expect(norm(...clipped)).toBeCloseTo(1, 4)
  })

  it("refuses a norm of 0 and parameters without gradients", () => {
    const pack = new ParameterPack(gpu, [{ name: "p", shape: [3] }])
    expect(() => clipGradNorm(pack.list, 0)).toThrow("maxNorm is 0")
    expect(() => clipGradNorm(pack.list, 1)).toThrow("no parameter has a gradient")
  })
})
