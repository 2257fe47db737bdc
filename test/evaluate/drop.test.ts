/** How much worse a run is on a new set: each set has its own groups, and its own size. */
import { describe, expect, it } from "vitest"
import { estimates } from "../../src/eval/estimates.ts"
import type { Answered } from "../../src/eval/evaluation.ts"
import { wilson } from "../../src/eval/interval.ts"
import { comparedMetrics, drops } from "../../src/evaluate/drop.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

/** Images whose answers are right in so many of ten. */
function images(n: number, seed: number, right: number): Answered[] {
  const random = new Random(seed, Purpose.test)
  return Array.from({ length: n }, (_, i) => {
    const label = i % 2
    const logit = (random.integer(10) < right ? 1 : -1) * (label === 1 ? 1 : -1) * (0.5 + random.normal() ** 2)
    const probabilities = [1 / (1 + Math.exp(logit)), 1 / (1 + Math.exp(-logit))]
    const rest = { probabilities, calibrated: probabilities, temperature: 1, threshold: { logit: 0 } }
    return { group: `patient ${i >> 1}`, label, logits: [logit], ...rest }
  })
}

describe("the drop of two sets whose groups have the same names", () => {
  const folds = [images(60, 1, 9), images(60, 2, 9)]
  const networks = [images(40, 3, 7), images(40, 4, 7)]
  const found = drops(folds, networks, 2, 5)
  const groupsOf = (set: readonly Answered[]) => set.map(({ group }) => group)

  it("takes each set's interval from its own groups", () => {
    const [a, b] = networks.map((set) => comparedMetrics(set, 2))
    const here = (weights: Float64Array) => ({ auc: (a(weights).auc! + b(weights).auc!) / 2 })
    expect(found.auc.here).toEqual(estimates(groupsOf(networks[0]), here, { seed: 5 }).auc)
    expect(found.auc.networks).toEqual([a, b].map((of) => estimates(groupsOf(networks[0]), of, { seed: 5 }).auc))
    const [c, d] = folds.map((set) => comparedMetrics(set, 2))
    const before = (weights: Float64Array) => ({ auc: (c(weights.subarray(0, 60)).auc! + d(weights.subarray(60)).auc!) / 2 }) // biome-ignore format: short
    expect(found.auc.outOfFold).toEqual(estimates(groupsOf(folds.flat()), before, { seed: 5 }).auc)
  })

  it("is the difference, with an interval and p-values", () => {
    for (const { here, outOfFold, change } of Object.values(found)) {
      expect(change.value).toBeCloseTo(here.value! - outOfFold.value!, 12)
      expect(change.interval![0]).toBeLessThan(change.value!)
      expect(change.adjusted).toBeGreaterThanOrEqual(change.p!)
    }
  })

  it("of a single network has that network's intervals", () => {
    for (const { here, networks: own } of Object.values(drops(folds, [networks[0]], 2, 5))) expect(own).toEqual([here])
  })
})

it("at 1 has Wilson's interval, with the groups that count as trials", () => {
  const perfect = images(24, 6, 10)
  const { sensitivity, accuracy, auc } = drops([images(40, 7, 8)], [perfect, perfect], 2, 0)
  expect(sensitivity.here).toEqual({ value: 1, interval: wilson(12, 12) })
  expect(sensitivity.networks).toEqual([sensitivity.here, sensitivity.here])
  expect(accuracy.here.interval).toEqual(wilson(12, 12))
  expect(auc.here).toMatchObject({ value: 1, interval: null, why: expect.stringContaining("came to 1") })
})

it("is not tested if one side is the same in all resamples: all right, or one patient", () => {
  const [all, one] = [images(20, 8, 10), images(20, 8, 7).map((image) => ({ ...image, group: "all" }))]
  for (const set of [all, one]) {
    const { accuracy } = drops([images(60, 9, 8)], [set], 2, 3)
    expect(accuracy.change.value).toBeCloseTo(accuracy.here.value! - accuracy.outOfFold.value!, 12)
    expect(accuracy.change).toMatchObject({
      interval: null,
      p: null,
      adjusted: null,
      why: expect.stringContaining("all resamples came to"),
    })
  }
})

it("is not tested if one side has too few groups, and says that this is why", () => {
  const few = images(20, 8, 7).filter(({ label }, i) => label === 0 || i === 1)
  const { auc, sensitivity } = drops([images(60, 9, 8)], [few], 2, 3)
  for (const { change } of [auc, sensitivity])
    expect(change).toMatchObject({ interval: null, p: null, why: expect.stringContaining("there are too few groups") })
})

it("has no test of accuracy if the new images are of one class", () => {
  const positives = images(60, 8, 7).filter(({ label }) => label === 1)
  const { accuracy, sensitivity } = drops([images(60, 9, 8)], [positives], 2, 3)
  expect(accuracy.change).toMatchObject({ interval: null, p: null, why: expect.stringContaining("one class") })
  expect(sensitivity.change.p).not.toBeNull()
})
