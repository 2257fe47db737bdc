/** What a training step of RefNet-S is made of. */
import { expect, it } from "vitest"
import { build, refNetS } from "../../bench/refnet.ts"
import { bceWithLogits } from "../../src/index.ts"
import { Adam } from "../../src/optim/adam.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

it.runIf(gpu.adapter.kind === "software" && gpu.adapter.subgroupSize)(
  "a step is at most 21 dispatches and one submit",
  () => {
    const model = build(refNetS).to(gpu, { seed: 1 })
    const optimizer = new Adam(model.parameters())
    const x = gpu.persistent([2, 1, 64, 64])
    const targets = gpu.persistent([2, 1])
    const recording = gpu.record(() => {
      bceWithLogits(model.forward(x), targets).backward()
      optimizer.step()
    })
    gpu.endStep()
    expect(recording.length).toBeLessThanOrEqual(21)
    const { submits, ...made } = gpu.counters
    recording.replay()
    gpu.endStep()
    const after = gpu.counters
    expect(after.submits - submits).toBe(1)
    expect(after.dispatches - made.dispatches).toBe(recording.length)
    expect([after.bindGroups, after.pipelines, after.uniforms, after.readbacks]).toEqual([
      made.bindGroups,
      made.pipelines,
      made.uniforms,
      made.readbacks,
    ])
  },
)
