/**
 * Decision curves, operating points, patients, subgroups and paired models against scikit-learn and
 * statsmodels.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { aucOf } from "../../src/eval/auc.ts"
import { draw } from "../../src/eval/bootstrap.ts"
import { sigmoid } from "../../src/eval/calibration.ts"
import { decisionCurve } from "../../src/eval/decision_curve.ts"
import { ALL_ALIKE, estimates, holm, pValue, testedDifferences } from "../../src/eval/estimates.ts"
import { type Answered, type DetectionEvaluation, evaluate, type TypesEvaluation } from "../../src/eval/evaluation.ts"
import { wilson } from "../../src/eval/interval.ts"
import { operatingPoint } from "../../src/eval/operating_point.ts"
import { pairedModels } from "../../src/eval/paired_models.ts"
import { patients } from "../../src/eval/patients.ts"
import { countTests, subgroups, twoClassMetrics } from "../../src/eval/subgroups.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

const fixture = JSON.parse(readFileSync(new URL("../fixtures/evidence.json", import.meta.url), "utf8"))
const { seed, resamples } = fixture

const near = (actual: number | null, expected: number, what = "") => expect(actual, what).toBeCloseTo(expected, 9)

describe("the decision curve", () => {
  it.each<number>([...fixture.decision.keys()])("has the net benefit of sklearn's confusion matrix, case %i", (i) => {
    const { labels, probabilities, points } = fixture.decision[i]
    const curve = decisionCurve(
      labels,
      probabilities,
      points.map(([threshold]: number[]) => threshold),
    )
    for (const [k, [threshold, model, all]] of points.entries()) {
      near(curve[k].model, model, `model at ${threshold}`)
      near(curve[k].all, all, `all at ${threshold}`)
    }
  })

  it("runs from 0.01 to 0.99", () => {
    const curve = decisionCurve([1, 1, 0], [0.8, 0.8, 0.6])
    expect([curve.length, curve[0].threshold, curve[98].threshold]).toEqual([99, 0.01, 0.99])
    near(curve[49].model, (2 - 1) / 3)
    near(curve[69].model, 2 / 3)
    near(curve[69].all, (2 - 7 / 3) / 3)
    expect(decisionCurve([], [], [0.5])).toEqual([{ threshold: 0.5, model: null, all: null }])
    expect(() => decisionCurve([1], [1], [1])).toThrow("threshold is 1; expected a probability from 0 up to, but not 1")
  })
})

describe("the operating point", () => {
  it.each<number>([...fixture.operating.keys()])("is the best of sklearn's roc_curve, case %i", (i) => {
    const { labels, scores, least, sensitivity, specificity } = fixture.operating[i]
    for (const [k, value] of least.entries()) {
      near(operatingPoint("specificity", value, labels, scores)!.sensitivity, sensitivity[k], `specificity ${value}`)
      near(operatingPoint("sensitivity", value, labels, scores)!.specificity, specificity[k], `sensitivity ${value}`)
    }
  })

  it("names its score, takes weights, and is null with one class", () => {
    const labels = [1, 0, 1, 0]
    const scores = [4, 3, 2, 1]
    expect(operatingPoint("specificity", 0.5, labels, scores)).toEqual({
      ...{ threshold: 2, sensitivity: 1, specificity: 0.5 },
    })
    // Of points with the same sensitivity the one with more specificity.
    expect(operatingPoint("specificity", 0, labels, scores)).toMatchObject({ threshold: 2, specificity: 0.5 })
    expect(operatingPoint("specificity", 0.6, labels, scores)).toMatchObject({ threshold: 4, sensitivity: 0.5 })
    expect(operatingPoint("specificity", 1, [0, 1], [2, 1])).toEqual({
      threshold: null,
      sensitivity: 0,
      specificity: 1,
    })
    expect(operatingPoint("specificity", 0.7, labels, scores, [1, 1, 1, 3])).toMatchObject({ specificity: 0.75 })
    expect(operatingPoint("sensitivity", 0.9, [1, 1], [1, 2])).toBeNull()
    expect(() => operatingPoint("sensitivity", 95, labels, scores)).toThrow("sensitivity is 95; expected 0 to 1")
  })
})

describe("patients", () => {
  const answered = ({ groups, labels, probabilities }: (typeof fixture.patients)[0]): Answered[] =>
    groups.map((group: string, i: number) => {
      const p: number[] = probabilities[i]
      const calibrated = { probabilities: p, calibrated: p, temperature: 2, threshold: { logit: 1 } }
      return {
        group,
        label: labels[i],
        logits: p.length === 2 ? [Math.log(p[1] / p[0])] : p.map(Math.log),
        ...calibrated,
      }
    })

  it.each([0, 1])("are the means over each group, case %i", (i) => {
    const { set, mixed } = patients(answered(fixture.patients[i]))
    const { names, mean, auc, accuracy } = fixture.patients[i]
    expect(set.map(({ group }) => group)).toEqual(names)
    expect(mixed).toEqual([])
    for (const [k, one] of set.entries()) for (const [c, p] of mean[k].entries()) near(one.calibrated[c], p)
    const classes = mean[0].map((_: number, c: number) => `class ${c}`)
    const report = evaluate(set, classes, { resamples: 20, seed: 0 })
    const { ranking, atHalf } = report as DetectionEvaluation
    const pooled = classes.length === 2 ? { ...ranking, ...atHalf } : (report as TypesEvaluation).figures
    near(pooled.auc.value, auc)
    near(pooled.accuracy.value, accuracy)
    expect([report.n, report.groups]).toEqual([names.length, names.length])
  })

  it("are positive if an image is, and answered at the threshold on the calibrated scale", () => {
    const image = (label: number, logit: number): Answered => ({
      ...{ group: "p", label, logits: [logit], temperature: 2, threshold: { logit: 1 } },
      probabilities: [sigmoid(-logit), sigmoid(logit)],
      calibrated: [sigmoid(-logit / 2), sigmoid(logit / 2)],
    })
    const [one] = patients([image(0, -1), image(1, 4)]).set
    expect(one).toMatchObject({ label: 1, temperature: 1, threshold: { logit: 0.5 } })
    near(one.calibrated[1], (sigmoid(-0.5) + sigmoid(2)) / 2)
    near(sigmoid(one.logits[0]), one.calibrated[1])
    // Probabilities that round to 1 keep their order.
    const sure = [80, 90].map((logit) => patients([image(1, logit)]).set[0].logits[0])
    expect(sure[1]).toBeGreaterThan(sure[0])
  })

  it("with images of several of three classes are left out by name", () => {
    const [first, ...rest] = answered(fixture.patients[1])
    const { set, mixed } = patients([first, { ...first, label: (first.label + 1) % 3 }, ...rest])
    expect(mixed).toEqual([first.group])
    expect(set.map(({ group }) => group)).not.toContain(first.group)
    expect(patients([])).toEqual({ set: [], mixed: [] })
  })
})

it("Holm's correction is statsmodels', and leaves out what was not tested", () => {
  for (const { p, adjusted } of fixture.holm) for (const [i, value] of holm(p).entries()) near(value, adjusted[i])
  const [with_, without] = [holm([0.01, null, 0.04]), holm([0.01, 0.04])]
  expect(with_).toEqual([without[0], null, without[1]])
})

describe("subgroups", () => {
  const { groups, labels, scores, columns, rows } = fixture.subgroups
  const answers = scores.map((score: number) => Number(score > 0))
  const metrics = twoClassMetrics(labels, scores, answers)
  const found = subgroups(groups, columns, metrics, { seed, resamples })

  it.each<number>([...rows.keys()])("have sklearn's metrics and p-values, row %i", (i) => {
    const { column, value, n, ...expected } = rows[i]
    expect(found[i]).toMatchObject({ column, value, n })
    for (const key of ["auc", "sensitivity", "specificity"] as const) {
      const { difference, ...own } = found[i].metrics[key]
      near(own.value, expected[key].value, key)
      near(difference.value, expected[key].difference, key)
      near(difference.p, expected[key].p, key)
      const adjusted = expected[key].adjusted ?? rows[i - 1][key].adjusted
      near(difference.adjusted, adjusted, key)
      expect(own.interval![0]).toBeLessThan(own.value!)
      expect(own.interval![1]).toBeGreaterThan(own.value!)
    }
  })

  it("show the hard part beyond chance with enough resamples, and the mirror image of two", () => {
    const all = subgroups(groups, columns, metrics)
    const beyond = all.filter(({ metrics }) => metrics.auc.difference.adjusted! < 0.05)
    expect(beyond.map(({ value }) => value)).toContain("hip")
    const [f, m] = all.filter(({ column }) => column === "sex").map(({ metrics }) => metrics.auc.difference)
    expect(m.interval).toEqual(f.interval!.map((end) => -end).reverse())
    expect([m.p, m.adjusted]).toEqual([f.p, f.adjusted])
  })

  it("are as they were when intervals and p-values were drawn apart", () => {
    const all = JSON.stringify(subgroups(groups, columns, metrics))
    expect(createHash("sha256").update(all).digest("hex")).toBe(
      "283185e28c26e71f7f34377c75bb3e3549324e1b9383a06efb9d05eb632bdd27",
    )
  })

  it("have each resample's metrics computed once: of each part, and of all but it", () => {
    let calls = 0
    const of = (weights: Float64Array) => {
      calls++
      return { n: weights.reduce((sum, weight) => sum + weight, 0) }
    }
    subgroups(["a", "b", "c", "d", "e", "f"], { part: [..."xyzxyz"] }, { of }, { resamples: 50 })
    // 50 resamples, 6 without one group each, the sample itself, and a few looks at the names.
    const [parts, sides] = [3, 2]
    expect(calls).toBeGreaterThanOrEqual(parts * sides * (50 + 6 + 1))
    expect(calls).toBeLessThan(parts * sides * (50 + 6 + 4))
  })

  it("without both classes have no AUC, and do not count as tests", () => {
    const part = labels.map((label: number, i: number) => (label === 1 && i < 60 ? "only fractures" : ""))
    const [empty, only] = subgroups(groups, { part }, metrics, { seed, resamples })
    expect([empty.value, only.value]).toEqual(["(empty)", "only fractures"])
    expect(only.metrics.auc).toMatchObject({ value: null, interval: null, why: expect.stringMatching(/not defined/) })
    expect(only.metrics.auc.difference).toMatchObject({ value: null, p: null, adjusted: null })
    expect(only.metrics.sensitivity.difference.p).not.toBeNull()
  })

  it("that are all right have Wilson's interval, with patients as trials", () => {
    const six = { groups: ["a", "a", "b", "b", "c", "d"], labels: [1, 1, 1, 1, 0, 0], scores: [4, 3, 2, 1, 0, 3] }
    const metrics = twoClassMetrics(six.labels, six.scores, [1, 1, 1, 1, 0, 0])
    const [all] = subgroups(six.groups, { part: six.labels.map(() => "leg") }, metrics, { resamples: 200 })
    expect(all).toMatchObject({ n: 6, groups: 4 })
    expect(all.metrics.sensitivity).toMatchObject({ value: 1, interval: wilson(2, 2) })
    const alone = subgroups(["a", "b", "c", "d", "e", "f"], { part: six.labels.map(() => "leg") }, metrics)
    expect(alone[0].metrics.sensitivity.interval).toEqual(wilson(4, 4))
    const many = { labels: [...Array(20).keys()].map((i) => Number(i < 10)), wrong: [0, 1, 12] }
    const answers = many.labels.map((label, i) => (many.wrong.includes(i) ? 1 - label : label))
    const own = twoClassMetrics(many.labels, answers, answers)
    const [mostly] = subgroups(many.labels.map((_, i) => `${i}`), { part: many.labels.map(() => "leg") }, own) // biome-ignore format: short
    expect(mostly.metrics.sensitivity.interval).toEqual(wilson(8, 10))
    expect(mostly.metrics.specificity.interval).toEqual(wilson(9, 10))
    expect(alone[0].metrics.sensitivity.difference).toMatchObject({ value: null, p: null })
  })

  it("of which all are wrong, or that are one patient, are not compared with the rest", () => {
    // 0 of 4 hips are found, and 2 of 6 legs: by chance that happens often.
    const part = [..."hhhhllllll"].map((one) => (one === "h" ? "hip" : "leg"))
    const [fractures, patients] = [part.map(() => 1), part.map((_, i) => `${i}`)]
    const hips = twoClassMetrics(fractures, fractures, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0])
    const some = twoClassMetrics(fractures, fractures, [1, 0, 0, 0, 1, 1, 0, 0, 0, 0])
    const lone = patients.map((patient, i) => (part[i] === "hip" ? "a" : patient))
    const pairs = [
      [patients, hips],
      [lone, some],
    ] as const
    for (const [groups, metrics] of pairs) {
      const found = subgroups(groups, { part }, metrics, { resamples: 200 })
      for (const { metrics } of found)
        expect(metrics.sensitivity.difference).toMatchObject({ interval: null, p: null, why: ALL_ALIKE })
      expect(countTests(found)).toBe(0)
    }
  })

  it("are refused if there are too many", () => {
    const age = groups.map((_: string, i: number) => String(i))
    expect(() => subgroups(groups, { age }, metrics)).toThrow(
      'column "age" has 240 values, such as 0, 1, 10; expected at most 30. Group them first',
    )
  })
})

describe("paired models", () => {
  const one = (auc: ReturnType<typeof aucOf>) => (weights: Float64Array) => ({ auc: auc(weights) })
  const { groups, labels, scores, auc, pairs } = fixture.models
  const metrics = Object.fromEntries(Object.keys(scores).map((name) => [name, one(aucOf(labels, scores[name]))]))

  it("have sklearn's AUCs, differences and p-values", () => {
    const found = pairedModels(groups, metrics, { seed, resamples }).auc
    for (const [name, value] of Object.entries<number>(auc)) near(found.models[name].value, value, name)
    expect(found.pairs).toHaveLength(3)
    for (const [k, expected] of pairs.entries()) {
      const { a, b, value, p, adjusted } = found.pairs[k]
      expect({ a, b }).toEqual({ a: expected.a, b: expected.b })
      near(value, expected.value)
      near(p, expected.p)
      near(adjusted, expected.adjusted)
    }
    expect(found.pairs[1].interval![0]).toBeGreaterThan(0)
  })

  it("of one model twice differ by nothing", () => {
    const [pair] = pairedModels(groups, { one: metrics.good, other: metrics.good }, { resamples: 50 }).auc.pairs
    expect(pair).toMatchObject({ value: 0, interval: null, p: null, why: expect.stringMatching(/came to 0/) })
  })

  it("are one family of tests over all metrics", () => {
    const both = (auc: ReturnType<typeof aucOf>) => (weights: Float64Array) => ({ auc: auc(weights), half: auc(weights)! / 2 }) // biome-ignore format: short
    const models = Object.fromEntries(Object.keys(scores).map((name) => [name, both(aucOf(labels, scores[name]))]))
    const { auc, half } = pairedModels(groups, models, { seed, resamples })
    const all = [...auc.pairs, ...half.pairs]
    expect(all.map(({ adjusted }) => adjusted)).toEqual(holm(all.map(({ p }) => p)))
    expect(auc.pairs.map(({ p }) => p)).toEqual(pairedModels(groups, metrics, { seed, resamples }).auc.pairs.map(({ p }) => p)) // biome-ignore format: short
  })
})

describe("p-values", () => {
  it("are evenly spread if there is no difference", () => {
    // 200 sets of 40 groups, each with one draw from a normal distribution.
    const p = Array.from({ length: 200 }, (_, k) => {
      const random = new Random(k, Purpose.test)
      const values = Array.from({ length: 40 }, () => random.normal())
      const mean = (w: Float64Array) => ({ mean: w.reduce((sum, weight, i) => sum + weight * values[i], 0) / 40 })
      const groups = values.map((_, i) => `${i}`)
      return pValue(draw(groups, mean, { resamples: 200, seed: k }).mean.drawn)!
    })
    const below = (most: number) => p.filter((value) => value <= most).length / p.length
    expect(below(0.05)).toBeLessThan(0.12)
    expect(below(0.5)).toBeGreaterThan(0.35)
    expect(below(0.5)).toBeLessThan(0.65)
  })

  it("are never 0, and null if a difference never is defined", () => {
    const times = (value: number | null) => new Array(99).fill(value)
    expect([1, null, 0].map(times).map(pValue)).toEqual([2 / 100, null, 1])
  })

  it("have as many resamples as many tests need", () => {
    const values = [1, 2, 3, 2, 1, 2, 3, 1]
    const many = (weights: Float64Array) => {
      const mean = weights.reduce((sum, weight, i) => sum + weight * values[i], 0) / 8
      return Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`test ${k}`, mean]))
    }
    const tested = testedDifferences(
      values.map((_, i) => `${i}`),
      many,
    )
    near(tested["test 0"].adjusted, (40 * 2) / 4001)
    near(estimates(["a", "b"], (w) => ({ sum: w[0] + 2 * w[1] })).sum.value, 3)
  })
})
