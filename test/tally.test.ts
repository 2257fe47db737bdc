import { describe, expect, it } from "vitest"
import { Tally } from "../src/train/tally.ts"
import { openForTests } from "./open.ts"
import { checkTally } from "./tally_check.ts"

const gpu = await openForTests()

describe("the sums of an epoch", () => {
  it.each([1, 2, 5])("are those of all batches, %i logits an image", async (outputs) => {
    await checkTally(gpu, outputs)
  })

  it("start from 0 again after a reset", async () => {
    const tally = new Tally(gpu, 1)
    const add = () => tally.add(gpu.tensor([], [0.5]), gpu.tensor([2, 1], [3, -3]), gpu.tensor([2, 1], [1, 1]))
    add()
    tally.reset()
    expect(await tally.read(1)).toEqual({ loss: 0, accuracy: 0 })
    add()
    expect(await tally.read(2)).toEqual({ loss: 0.5, accuracy: 0.5 })
    gpu.endStep()
  })
})
