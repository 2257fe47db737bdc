import { describe, expect, it } from "vitest"
import { bceWithLogits } from "../../src/layers/bce_with_logits.ts"
import { EpochTotals } from "../../src/train/epoch_totals.ts"
import { openForTests } from "../support/open.ts"
import { checkEpochTotals, checkLossTally } from "./epoch_totals_check.ts"

const gpu = await openForTests()

describe("the sums of an epoch", () => {
  it.each([1, 2, 5])("are those of all batches, %i logits an image", async (outputs) => {
    await checkEpochTotals(gpu, outputs)
    await checkLossTally(gpu, outputs)
  })

  it.each([1, 3])("are those of batches that no workgroup takes alone, %i logits an image", async (outputs) => {
    await checkLossTally(gpu, outputs, [1030, 3])
  })

  it("start from 0 again after a reset", async () => {
    const totals = new EpochTotals(gpu)
    const add = () => bceWithLogits(gpu.tensor([2, 1], [3, -3]), gpu.tensor([2, 1], [1, 1]), { totals: totals.totals })
    add()
    totals.reset()
    expect(await totals.read(1)).toEqual({ loss: 0, accuracy: 0 })
    add()
    const { loss, accuracy } = await totals.read(2)
    expect(loss).toBeCloseTo((Math.log1p(Math.exp(-3)) + Math.log1p(Math.exp(3))) / 2, 6)
    expect(accuracy).toBe(0.5)
    gpu.endStep()
  })
})
