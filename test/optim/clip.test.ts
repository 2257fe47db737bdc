import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import { clipGradNorm } from "../../src/optim/clip.ts"
import { ParameterPack } from "../../src/tensor/parameters.ts"
import schedules from "../fixtures/pytorch_schedules.json" with { type: "json" }
import { openForTests } from "../support/open.ts"
import { checkClip, withGradients } from "./clip_check.ts"

const gpu = await openForTests()
const { clip } = schedules

describe("clipGradNorm", () => {
  it("is PyTorch's", async () => {
    const parameters = withGradients(gpu, clip.gradients)
    const [before] = await clipGradNorm(parameters, clip.maxNorm).read()
    const clipped = await Promise.all(parameters.flatMap(({ grad }) => grad?.read() ?? []))
    gpu.endStep()
    expect(before).toBeCloseTo(clip.norm, 5)
    clip.clipped.flat().forEach((value: number, i: number) => {
      expect(clipped.flatMap((gradient) => [...gradient])[i]).toBeCloseTo(value, 5)
    })
  })

  it("leaves small gradients as they are, bit for bit", async () => {
    const parameters = withGradients(gpu, [Float32Array.of(0.1, -0.2)])
    clipGradNorm(parameters, 5)
    expect(await parameters[0].grad!.read()).toEqual(Float32Array.of(0.1, -0.2))
    gpu.endStep()
  })

  it("covers parameters of many workgroups, and such that lie apart", async () => {
    const gradients = [draw([100_003], 1), draw([77], 2)]
    await checkClip(gpu, gradients, 1)
    await checkClip(gpu, gradients, 1000)
  })

  it("refuses a norm of 0 and parameters without gradients", () => {
    const pack = new ParameterPack(gpu, [{ name: "p", shape: [3] }])
    expect(() => clipGradNorm(pack.list, 0)).toThrow("maxNorm is 0")
    expect(() => clipGradNorm(pack.list, 1)).toThrow("no parameter has a gradient")
  })
})
