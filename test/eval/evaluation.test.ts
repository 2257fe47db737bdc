/**
 * The figures against scikit-learn's and SciPy's (test/fixtures/evaluation.py), and what they do
 * where they are not defined.
 */
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { averagePrecision, rocAuc } from "../../src/eval/auc.ts"
import { bootstrap, resamples } from "../../src/eval/bootstrap.ts"
import { calibrationBins, calibrationLine, reliability, sigmoid } from "../../src/eval/calibration.ts"
import { precisionRecallBand, precisionRecallPoints, rocBand, rocPoints } from "../../src/eval/curves.ts"
import { type Answered, type DetectionEvaluation, evaluate, type TypesEvaluation } from "../../src/eval/evaluation.ts"
import { quantile, wilson } from "../../src/eval/interval.ts"
import { binaryMetrics, typeMetrics } from "../../src/eval/metrics.ts"
import { normalCdf, normalQuantile } from "../../src/eval/normal.ts"
import { pairedDifference } from "../../src/eval/paired.ts"
import { fitTemperature } from "../../src/eval/temperature.ts"
import { answerAt, chooseThreshold } from "../../src/eval/threshold.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

const fixture = JSON.parse(readFileSync(new URL("../fixtures/evaluation.json", import.meta.url), "utf8"))

const near = (actual: unknown, expected: unknown, what: string, digits = 12) => {
  if (typeof expected === "number") expect(actual, what).toBeCloseTo(expected, digits)
  else expect(actual, what).toEqual(expected)
}
const nearAll = (actual: number[], expected: number[]) => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12)
}
const pairs = (logits: number[]) => logits.map((logit) => [sigmoid(-logit), sigmoid(logit)])

describe("two classes", () => {
  it.each<number>([...fixture.binary.keys()])("are scikit-learn's, case %i", (i) => {
    const { labels, logits, roc, precisionRecall, ...expected } = fixture.binary[i]
    const metrics = binaryMetrics({ labels, probabilities: pairs(logits), scores: logits })
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(Object.keys(expected)))
    for (const [key, value] of Object.entries(expected))
      near(metrics[key as keyof typeof metrics], value, key, key.startsWith("calibration") ? 9 : 12)
    if (!("calibrationSlope" in expected)) expect(metrics.calibrationSlope).toBeNull()
    const set = { positive: labels, scores: logits }
    const points = rocPoints(set)
    nearAll(
      points.map(({ falsePositiveRate }) => falsePositiveRate),
      roc?.falsePositiveRate ?? [],
    )
    nearAll(
      points.map(({ sensitivity }) => sensitivity),
      roc?.sensitivity ?? [],
    )
    // The fixture has curves of sets with both classes.
    if (precisionRecall) {
      const along = precisionRecallPoints(set)
      nearAll(
        along.map(({ precision }) => precision),
        precisionRecall.precision,
      )
      nearAll(
        along.map(({ recall }) => recall),
        precisionRecall.recall,
      )
    }
  })

  it("find the calibration line also where Newton's whole steps run away", () => {
    const { slope, intercept } = calibrationLine([0, 1, 1, 1, 1, 1, 1, 1], [0, 3, 3, 3, -2, -2, -2, -2])
    expect(slope).toBeGreaterThan(0)
    expect(Number.isFinite(slope! + intercept!)).toBe(true)
  })

  it("with weights are those of items that are there so often", () => {
    const item = fc.record({ label: fc.nat(1), logit: fc.integer({ min: -3, max: 3 }), times: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (items) => {
        const many = items.flatMap((one) => new Array<typeof one>(one.times).fill(one))
        const [labels, logits] = [items.map(({ label }) => label), items.map(({ logit }) => logit)]
        const weights = Float64Array.from(items, ({ times }) => times)
        const [all, allLogits] = [many.map(({ label }) => label), many.map(({ logit }) => logit)]
        for (const figure of [rocAuc, averagePrecision]) {
          const [weighted, repeated] = [figure(labels, logits, weights), figure(all, allLogits)]
          if (repeated === null) expect(weighted).toBeNull()
          else expect(weighted).toBeCloseTo(repeated, 12)
        }
        const [line, same] = [calibrationLine(labels, logits, weights), calibrationLine(all, allLogits)]
        if (same.slope === null) expect(line.slope).toBeNull()
        else expect(line.slope).toBeCloseTo(same.slope, 7)
      }),
      { numRuns: 200 },
    )
  })

  it("calibration in the large makes the mean probability the share of positives", () => {
    const logits = [2, 1, 0.5, -1, -2, 3]
    const { inTheLarge } = calibrationLine([1, 0, 0, 0, 1, 1], logits)
    expect(logits.reduce((sum, logit) => sum + sigmoid(logit + inTheLarge!), 0) / 6).toBeCloseTo(0.5, 12)
  })

  it("the calibration line of logits that mean what they say is the diagonal", () => {
    // Of each logit as many positives as it says, to the image.
    const logits = [-1, 0, 1].flatMap((k) => new Array<number>(12).fill(Math.log(2) * k))
    const labels = [4, 6, 8].flatMap((n) => Array.from({ length: 12 }, (_, i) => (i < n ? 1 : 0)))
    const { slope, intercept, inTheLarge } = calibrationLine(labels, logits)
    for (const [value, perfect] of [
      [slope, 1],
      [intercept, 0],
      [inTheLarge, 0],
    ])
      expect(value).toBeCloseTo(perfect!, 9)
  })

  it("a bin holds its upper end", () => {
    expect([...calibrationBins([0, 0.1, 0.1000001, 0.5, 0.95, 1])]).toEqual([0, 0, 1, 4, 9, 9])
    const bars = reliability([1, 0, 1], [0.05, 0.1, 0.95])
    expect(bars).toHaveLength(10)
    expect(bars[0]).toMatchObject({ from: 0, n: 2, came: 0.5 })
    expect(bars[5]).toMatchObject({ n: 0, said: null, came: null })
  })
})

it.each<number>([...fixture.types.keys()])("more classes are scikit-learn's, case %i", (i) => {
  const { labels, probabilities, aucs, averagePrecisions, ...expected } = fixture.types[i]
  const metrics = typeMetrics({ labels, probabilities }, probabilities[0].length)
  for (const [key, value] of Object.entries(expected)) near(metrics[key as keyof typeof metrics], value, key)
  nearAll(
    metrics.perClass.map(({ auc }) => auc!),
    aucs,
  )
  nearAll(
    metrics.perClass.map((figures) => figures.averagePrecision!),
    averagePrecisions,
  )
})

describe("intervals", () => {
  it("the normal distribution and Wilson's interval are SciPy's", () => {
    for (const [z, p] of fixture.normal) {
      expect(normalCdf(z)).toBeCloseTo(p, 14)
      expect(normalQuantile(p)).toBeCloseTo(z, 7)
    }
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity])
    for (const { part, whole, interval } of fixture.wilson) nearAll(wilson(part, whole)!, interval)
    expect(wilson(0, 0)).toBeNull()
    expect([0, 0.5, 1].map((q) => quantile([1, 2, 4], q))).toEqual([1, 2, 4])
  })

  it.each<number>([...fixture.bootstrap.keys()])("by the bootstrap over groups are SciPy's, case %i", (i) => {
    const { groups, values, percentile, bca, ...options } = fixture.bootstrap[i]
    const mean = (weights: Float64Array) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      return { mean: weights.reduce((sum, weight, k) => sum + weight * values[k], 0) / total }
    }
    const { mean: interval } = bootstrap(groups, mean, options)
    nearAll(interval.percentile!, percentile)
    nearAll(interval.bca!, bca)
  })

  it("draw whole groups, as many as there are", () => {
    const groups = ["a", "b", "a", "c"]
    const drawn = Array.from(resamples(groups, { resamples: 50, seed: 1 }), (weights) => [...weights])
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1)
    for (const [a, b, again, c] of drawn) {
      expect(again).toBe(a)
      expect(a + b + c).toBe(3)
    }
  })

  it("draw as many groups of each stratum as it has, the first as if it were alone", () => {
    const groups = ["a", "b", "a", "c", "a", "b"]
    const options = { resamples: 50, seed: 1, strata: [0, 0, 0, 0, 1, 1] }
    const drawn = Array.from(resamples(groups, options), (weights) => [...weights])
    const alone = Array.from(resamples(groups.slice(0, 4), options), (weights) => [...weights])
    expect(drawn.map((weights) => weights.slice(0, 4))).toEqual(alone)
    for (const [, , , , a, b] of drawn) expect(a + b).toBe(2)
    expect(drawn.some(([a, , , , other]) => a !== other)).toBe(true)
    const one = { resamples: 50, seed: 1 }
    const sum = (weights: Float64Array) => ({
      x: weights.reduce((total, weight, i) => total + weight * (i + 1) ** 2, 0),
    })
    expect(bootstrap(groups, sum, { ...one, strata: groups.map(() => 7) })).toEqual(bootstrap(groups, sum, one))
  })

  it("are null with a reason where resamples say nothing", () => {
    const options = { resamples: 100, seed: 0 }
    const groups = ["a", "b", "c"]
    const same = bootstrap(groups, () => ({ x: 1 }), options).x
    expect(same).toMatchObject({ percentile: null, bca: null, why: expect.stringMatching(/resamples came to 1/) })
    const rare = bootstrap(groups, (weights) => ({ x: weights[0] > 0 ? weights[0] : null }), options).x
    expect(rare.why).toMatch(/not defined in \d+ of 100 resamples: there are too few groups/)
    expect(bootstrap(groups, () => ({ x: null }), options).x.why).toMatch(/not defined/)
  })

  it("hold the truth about as often as they say", () => {
    // 150 studies of 40 patients with two images each, alike; the AUC of scores 1 apart is known.
    const truth = normalCdf(1 / Math.SQRT2)
    let [bca, percentile] = [0, 0]
    for (let study = 0; study < 150; study++) {
      const random = new Random(study, Purpose.test)
      const patients = Array.from({ length: 40 }, (_, i) => ({
        group: `${i}`,
        label: i % 2,
        score: random.normal(i % 2),
      }))
      const images = patients.flatMap((patient) => [patient, patient])
      const [labels, scores] = [images.map(({ label }) => label), images.map(({ score }) => score)]
      const groups = images.map(({ group }) => group)
      const { auc } = bootstrap(groups, (w) => ({ auc: rocAuc(labels, scores, w) }), { resamples: 200, seed: study })
      if (auc.bca![0] <= truth && truth <= auc.bca![1]) bca++
      if (auc.percentile![0] <= truth && truth <= auc.percentile![1]) percentile++
    }
    // Over images instead of patients it would be some 83 %.
    expect(bca / 150).toBeGreaterThan(0.89)
    expect(percentile / 150).toBeGreaterThan(0.89)
  })
})

describe("the threshold", () => {
  const labels = [1, 1, 0, 1, 0, 0]
  const logits = [3, 2, 1, 0, -1, -2]

  it("is Youden's, between two logits", () => {
    expect(chooseThreshold(labels, logits, { rule: "youden" })).toEqual({
      logit: -0.5,
      probability: sigmoid(-0.5),
      sensitivity: 1,
      specificity: 2 / 3,
    })
  })

  it("is the highest that is as sensitive as was asked for", () => {
    const least = (share: number) => chooseThreshold(labels, logits, { rule: "sensitivity", least: share })
    expect(least(0.5)).toMatchObject({ logit: 1.5, sensitivity: 2 / 3, specificity: 1 })
    expect(least(0.7)).toMatchObject({ logit: -0.5, sensitivity: 1 })
    expect(least(1).sensitivity).toBe(1)
  })

  it("is the nearest to 0.5 of equals, and answers what it was chosen for", () => {
    expect(chooseThreshold([1, 0], [-4, -6], { rule: "youden" }).logit).toBe(-5)
    expect(chooseThreshold([0, 1], [1, 3], { rule: "youden" }).logit).toBe(2)
    // Useless logits: answering all or nothing is as good.
    expect(chooseThreshold([0, 1], [1, 1], { rule: "youden" }).logit).toBe(0)
    const { logit, sensitivity } = chooseThreshold(labels, logits, { rule: "youden" })
    const found = labels.filter((label, i) => label === 1 && answerAt(logits[i], { logit }) === 1).length
    expect(found / 3).toBe(sensitivity)
  })

  it("is 0.5 with a reason where validation has one class", () => {
    const none = chooseThreshold([1, 1], [0, 2], { rule: "youden" })
    expect(none).toMatchObject({ probability: 0.5, sensitivity: null, why: "all 2 validation images are positive" })
    expect(chooseThreshold([], [], { rule: "youden" }).why).toMatch(/no validation image/)
  })
})

describe("the temperature", () => {
  it.each<number>([...fixture.temperature.keys()])("is scikit-learn's, case %i", (i) => {
    const { logits, labels, temperature } = fixture.temperature[i]
    // Where a minimum is flat, its place is known to half of the digits of its depth.
    expect(fitTemperature(logits, labels).value / temperature).toBeCloseTo(1, 6)
  })

  it("is 1 with a reason where none is best", () => {
    expect(fitTemperature([[1], [-2]], [1, 0])).toMatchObject({ value: 1, why: expect.stringMatching(/are right/) })
    expect(fitTemperature([[1], [-2]], [0, 1])).toMatchObject({ value: 1, why: expect.stringMatching(/guessing/) })
    expect(fitTemperature([], [])).toMatchObject({ value: 1, why: expect.stringMatching(/no validation/) })
    expect(fitTemperature([[0], [0]], [0, 1]).value).toBe(1)
  })
})

describe("curves and differences", () => {
  const random = new Random(7, Purpose.test)
  const positive = Array.from({ length: 80 }, (_, i) => i % 2)
  const groups = positive.map((_, i) => `p${i >> 1}`)
  const good = positive.map((label) => random.normal(2 * label))
  const poor = positive.map((label) => random.normal(0.2 * label))

  it("have bands around them", () => {
    const band = rocBand({ groups, positive, scores: good }, { resamples: 200, points: 11 })!
    expect([band.x[0], band.x[10], band.y[10]]).toEqual([0, 1, 1])
    band.y.forEach((y, i) => {
      expect(band.low[i]).toBeLessThanOrEqual(y)
      expect(band.high[i]).toBeGreaterThanOrEqual(y)
      if (i > 0) expect(y).toBeGreaterThanOrEqual(band.y[i - 1])
    })
    // The area under the curve on a fine grid is the AUC.
    const fine = rocBand({ groups, positive, scores: good }, { resamples: 2, points: 20_001 })!
    const area = fine.y.reduce((sum, y) => sum + y, 0) / fine.y.length
    expect(area).toBeCloseTo(rocAuc(positive, good)!, 3)
    const recall = precisionRecallBand({ groups, positive, scores: good }, { resamples: 2, points: 20_001 })!
    expect(recall.y.reduce((sum, y) => sum + y, 0) / 20_001).toBeCloseTo(averagePrecision(positive, good)!, 3)
    expect(rocBand({ groups: ["a"], positive: [1], scores: [1] })).toBeNull()
  })

  it("a better set is better by more than chance, and a set is no better than itself", () => {
    const set = (scores: number[]) => ({ groups, positive, scores })
    const { a, b, difference, interval } = pairedDifference(set(poor), set(good), { resamples: 500 })
    expect([a, b]).toEqual([rocAuc(positive, poor), rocAuc(positive, good)])
    expect(difference).toBe(b! - a!)
    expect(interval.bca![0]).toBeGreaterThan(0)
    expect(interval.percentile![1]).toBeGreaterThan(difference!)
    expect(pairedDifference(set(good), set(good)).interval.why).toMatch(/came to 0/)
    // Paired: two sets that err alike differ by less than two that do not.
    const alike = pairedDifference(set(good), set(good.map((score, i) => score + 0.01 * (i % 3))), { resamples: 500 })
    expect(alike.interval.percentile![1] - alike.interval.percentile![0]).toBeLessThan(0.02)
    const other = { ...set(good), groups: groups.map((group) => (group === "p0" ? "q" : group)) }
    expect(() => pairedDifference(set(good), other)).toThrow(/2 of 41 groups are in one of the two sets only: p0, q/)
  })
})

describe("a report", () => {
  const random = new Random(3, Purpose.test)
  const options = { resamples: 200, seed: 0 }
  const binary = (labels: number[], logits: number[], group = (i: number) => `${i}`): Answered[] =>
    labels.map((label, i) => {
      const probabilities = [sigmoid(-logits[i]), sigmoid(logits[i])]
      const calibrated = [sigmoid(-logits[i] / 2), sigmoid(logits[i] / 2)]
      const network = { temperature: 2, threshold: { logit: -1 } }
      return { group: group(i), label, logits: [logits[i]], probabilities, calibrated, ...network }
    })
  const labels = Array.from({ length: 40 }, (_, i) => i % 2)
  const logits = labels.map((label) => random.normal(2 * label - 1, 1.5))

  it("has every figure at both thresholds, as said and calibrated, beside the majority", () => {
    const report = evaluate(binary(labels, logits), ["no", "yes"], options) as DetectionEvaluation
    const metrics = binaryMetrics({ labels, probabilities: pairs(logits), scores: logits })
    for (const part of ["atHalf", "ranking", "probabilities"] as const)
      for (const [key, { value, interval, method }] of Object.entries(report[part])) {
        expect(value, key).toBe(metrics[key as keyof typeof metrics])
        expect(interval![0], key).toBeLessThan(value!)
        expect(interval![1], key).toBeGreaterThan(value!)
        const proportions = ["accuracy", "sensitivity", "specificity", "ppv", "npv"]
        expect(method, key).toBe(proportions.includes(key) ? "wilson" : "bca")
      }
    const lower = labels.filter((label, i) => label === 1 && logits[i] > -1).length / 20
    expect(report.atChosen.sensitivity.value).toBe(lower)
    expect(report.calibrated.calibrationSlope.value).toBeCloseTo(2 * metrics.calibrationSlope!, 9)
    expect(report.majority).toMatchObject({
      answer: "no",
      figures: { accuracy: 0.5, sensitivity: 0, auc: 0.5, brier: 0.25 },
    })
  })

  it("is less sure where images come in groups", () => {
    const [labels2, logits2] = [labels.flatMap((l) => [l, l]), logits.flatMap((l) => [l, l])]
    const grouped = evaluate(
      binary(labels2, logits2, (i) => `${i >> 1}`),
      ["no", "yes"],
      options,
    ) as DetectionEvaluation
    const single = evaluate(binary(labels, logits), ["no", "yes"], options) as DetectionEvaluation
    expect(grouped).toMatchObject({ n: 80, groups: 40 })
    expect(grouped.atHalf.accuracy.wilson).toEqual(single.atHalf.accuracy.wilson)
    expect(grouped.atHalf.accuracy.method).toBe("bca")
    expect(grouped.ranking.auc.percentile![0]).toBeCloseTo(single.ranking.auc.percentile![0], 12)
  })

  it("has null and a reason, never NaN, where something is not defined", () => {
    const sets = [binary([1], [2]), binary([0, 0], [-1, 1]), binary([0, 1], [-1, 1]), binary([1, 0, 1], [0, 0, 0])]
    for (const set of sets) {
      const report = evaluate(set, ["no", "yes"], options) as DetectionEvaluation
      expect(JSON.parse(JSON.stringify(report))).toEqual(report)
      for (const part of ["atHalf", "atChosen", "ranking", "probabilities", "calibrated"] as const)
        for (const [key, figure] of Object.entries(report[part]))
          if (figure.value === null || figure.percentile === null) expect(figure.why, key).toMatch(/\w{4}/)
    }
    const report = evaluate(binary([1, 1, 1], [2, 1, 0.5]), ["no", "yes"], options) as DetectionEvaluation
    expect(report.ranking.auc).toMatchObject({ value: null, interval: null, why: "no image is negative" })
    expect(report.atHalf.npv.why).toBe("no image was predicted negative")
    const separated = evaluate(binary([0, 0, 1, 1], [-2, -1, 1, 2]), ["no", "yes"], options) as DetectionEvaluation
    expect(separated.probabilities.calibrationSlope.why).toMatch(/separates the classes/)
  })

  it("of more classes has each against the rest", () => {
    const classes = ["a", "b", "c"]
    const set = Array.from({ length: 60 }, (_, i): Answered => {
      const label = i % 3
      const weights = classes.map((_, k) => Math.exp(random.normal(k === label ? 1 : 0)))
      const total = weights.reduce((a, b) => a + b)
      const probabilities = weights.map((weight) => weight / total)
      const logits = probabilities.map(Math.log)
      return {
        group: `${i}`,
        label,
        logits,
        probabilities,
        calibrated: probabilities,
        temperature: 1,
        threshold: { logit: 0 },
      }
    })
    const report = evaluate(set, classes, options) as TypesEvaluation
    const probabilities = set.map((item) => [...item.probabilities])
    const metrics = typeMetrics({ labels: set.map(({ label }) => label), probabilities }, 3)
    expect(report.figures.mcc.value).toBe(metrics.mcc)
    expect(report.figures.accuracy.method).toBe("wilson")
    expect(report.perClass.map(({ name, n }) => [name, n])).toEqual(classes.map((name) => [name, 20]))
    report.perClass.forEach(({ figures }, k) => {
      expect(figures.auc.value).toBe(metrics.perClass[k].auc)
      expect(figures.auc.interval![0]).toBeLessThan(figures.auc.value!)
    })
    expect(report.majority).toMatchObject({ answer: "a", figures: { accuracy: 1 / 3 } })
    expect(JSON.stringify(report)).not.toMatch(/NaN/)
  })
})
