import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { gradCam, layerCam } from "../../src/explain/class_activation.ts"
import { corners, occlude, patchGrid } from "../../src/explain/occlude.ts"
import { upsample } from "../../src/explain/upsample.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { narrow } from "../support/narrow.ts"
import { openAsGpu, openForTests } from "../support/open.ts"
import { checkCam, checkOcclude, checkOcclusionMap, checkUpsample, EXPLAIN_CHECKS } from "./explain_check.ts"

const gpu = await openForTests()
const asGpu = await openAsGpu()
const open = await openDevice()
afterAll(() => open.release())

describe.each(["gradCam", "layerCam"] as const)("%s", (method) => {
  it.each<[number, number, number, number]>([
    [2, 5, 7, 6],
    [1, 1, 1, 1],
    [3, 64, 5, 5],
    [1, 3, 40, 31],
  ])("of [%i,%i,%i,%i] is what its formula says", async (...shape) => {
    await checkCam(gpu, method, shape)
  })

  it("refuses a gradient of another shape", () => {
    const op = { gradCam, layerCam }[method]
    const [a, da] = [gpu.persistent([1, 2, 3, 3]), gpu.persistent([1, 2, 3, 4])]
    expect(() => op(a, da)).toThrow(`${method}: da is [1,2,3,4], a wants [1,2,3,3]`)
  })
})

describe("upsample", () => {
  it.each([
    [[2, 3, 4], 13, 10],
    [[1, 5, 5], 80, 80],
    [[1, 1, 1], 3, 3],
    [[2, 6, 7], 6, 7],
    [[1, 9, 8], 4, 3],
  ])("of %j to %i x %i is what its formula says", async (shape, oh, ow) => {
    await checkUpsample(gpu, shape, oh, ow)
  })

  it("leaves a map of that size as it is, and has its peak where the map has it", async () => {
    const x = [0, 1, 0, 0, 0, 3, 0, 2, 0]
    expect([...(await upsample(gpu.tensor([1, 3, 3], x), 3, 3).read())]).toEqual(x)
    const y = await upsample(gpu.tensor([1, 3, 3], x), 9, 9).read()
    // The cell in the second row and third column, at its centre.
    expect(y.indexOf(Math.max(...y))).toBe(4 * 9 + 7)
    gpu.endStep()
  })

  it("refuses what is no map, and a size that is none", () => {
    expect(() => upsample(gpu.persistent([1, 1, 2, 2]), 4, 4)).toThrow(
      "upsample: x is [1,1,2,2], expected 3 dimensions",
    )
    expect(() => upsample(gpu.persistent([1, 2, 2]), 4, 0)).toThrow("upsample: ow is 0, expected a whole number of 1")
  })
})

describe("occlusion", () => {
  it.each([
    { shape: [1, 2, 9, 7], side: 3, margin: 1 },
    { shape: [1, 1, 33, 20], side: 5, margin: 0 },
    { shape: [1, 1, 12, 12], side: 12, margin: 99 },
  ])("hides patches of %j", async (hidden) => {
    await checkOcclude(gpu, hidden)
    await checkOcclude(asGpu, hidden)
  })

  it.each([
    [13, 4, 3],
    [80, 10, 5],
    [16, 16, 1],
    [7, 3, 3],
    [9, 1, 1],
  ])("of an image of %i by patches of %i, stride %i, is laid over it", async (size, side, stride) => {
    await checkOcclusionMap(gpu, size, side, stride)
  })

  it("covers every pixel, with as few patches as can", () => {
    for (let size = 1; size < 30; size++) {
      for (let side = 1; side <= size; side++) {
        for (let stride = 1; stride <= side; stride++) {
          const grid = patchGrid(size, side, stride)
          const rows = [...new Set(corners(grid).map(([row]) => row))]
          expect(rows).toHaveLength(grid.count)
          expect(rows[0]).toBeLessThanOrEqual(0)
          expect(rows.at(-1)! + side).toBeGreaterThanOrEqual(size)
          expect((grid.count - 2) * stride + side, "one patch less would do").toBeLessThan(
            size + (size === side ? side : 0),
          )
        }
      }
    }
  })

  it("refuses patches that do not go with the image", () => {
    expect(() => patchGrid(8, 9, 1)).toThrow("occlusion: a patch of 9 pixels, expected at most the image's 8")
    expect(() => patchGrid(8, 2, 3)).toThrow("occlusion: stride 3 steps over pixels, expected at most the patch's 2")
    expect(() => patchGrid(8, 2.5, 1)).toThrow("occlusion: patch is 2.5, expected a whole number of 1 or more")
    const corners = gpu.persistent([3, 2])
    const options = { side: 2, margin: 0 }
    expect(() => occlude(gpu.persistent([2, 1, 4, 4]), corners, options)).toThrow(
      "occlude: x holds 2 images, expected 1",
    )
    expect(() => occlude(gpu.persistent([1, 1, 4, 4]), gpu.persistent([3, 3]), options)).toThrow(
      "occlude: corners is [3,3], a row and a column a patch wants [3,2]",
    )
  })
})

describe("where a dimension allows few workgroups", () => {
  const device = (limit: number) => narrow(open.device, { maxComputeWorkgroupsPerDimension: limit })
  const fewGroups = (limit: number) =>
    new TensorGpu({ ...open, info: { ...open.info, kind: "software" }, device: device(limit) })

  it.each(Object.keys(EXPLAIN_CHECKS).filter((name) => name !== "occlusion"))("%s folds", async (name) => {
    await EXPLAIN_CHECKS[name](fewGroups(2))
  })

  it("occlusion folds", async () => {
    // 6 workgroups for the means, 22 for the copies.
    await checkOcclude(fewGroups(5), { shape: [1, 70, 9, 7], side: 3, margin: 1 })
  })
})
