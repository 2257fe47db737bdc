import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { constant, cosine, oneCycle, type Schedule, stepDecay, warmUp } from "../../src/optim/schedule.ts"

/** What PyTorch 1.13 computed in float64. */
const truth = JSON.parse(readFileSync(new URL("../fixtures/pytorch_schedules.json", import.meta.url), "utf8"))

it.each<[string, Schedule]>([
  ["stepDecay", stepDecay(0.1, { every: 7, gamma: 0.3 })],
  ["cosine", cosine(0.1, { total: 24, min: 0.01 })],
  ["oneCycle", oneCycle(0.1, { total: 25 })],
  ["warmUp", warmUp(constant(0.1), { steps: 6 })],
])("%s is PyTorch's", (name, schedule) => {
  truth[name].forEach((lr: number, step: number) => {
    expect(Math.abs(schedule(step) - lr), `step ${step}`).toBeLessThan(1e-12)
  })
})

it("one-cycle is defined for the shortest runs", () => {
  for (const total of [1, 2, 3, 4]) {
    for (let step = 0; step < total; step++) expect(oneCycle(0.1, { total })(step)).toBeGreaterThan(0)
  }
})
