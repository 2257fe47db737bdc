import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { rocAuc } from "../../src/eval/auc.ts"
import { confusionMatrix } from "../../src/eval/confusion.ts"
import { mean, standardDeviation } from "../../src/eval/mean.ts"
import { binaryMetrics, typeMetrics } from "../../src/eval/metrics.ts"

const sklearn = JSON.parse(readFileSync(new URL("../fixtures/sklearn_metrics.json", import.meta.url), "utf8"))
const pairs = (scores: number[]) => scores.map((p) => [1 - p, p])

/** Every figure of `expected` that the metrics have, to 12 digits. */
function agree(metrics: object, expected: Record<string, unknown>) {
  const figures = Object.entries(metrics).filter(([key]) => key in expected)
  expect(figures.length).toBeGreaterThan(5)
  for (const [key, value] of figures) {
    if (typeof value === "number") expect(value, key).toBeCloseTo(expected[key] as number, 12)
    else expect(value, key).toEqual(expected[key])
  }
}

describe("binary metrics", () => {
  // Three positives at 0.9, 0.6, 0.2 and four negatives at 0.7, 0.4, 0.3, 0.1.
  const labels = [1, 1, 1, 0, 0, 0, 0]
  const metrics = binaryMetrics({ labels, probabilities: pairs([0.9, 0.6, 0.2, 0.7, 0.4, 0.3, 0.1]) })

  it("are those worked out by hand", () => {
    expect(metrics).toMatchObject({
      n: 7,
      accuracy: 5 / 7,
      balancedAccuracy: (2 / 3 + 3 / 4) / 2,
      majorityAccuracy: 4 / 7,
      sensitivity: 2 / 3,
      specificity: 3 / 4,
      precision: 2 / 3,
      f1: 2 / 3,
      // 0.9 beats four negatives, 0.6 three, 0.2 one.
      auc: 8 / 12,
      confusion: [
        [3, 1],
        [1, 2],
      ],
    })
  })

  it.each<number>([...sklearn.binary.keys()])("are scikit-learn's, case %i", (i) => {
    const { scores, ...expected } = sklearn.binary[i]
    agree(binaryMetrics({ labels: expected.labels, probabilities: pairs(scores) }), expected)
  })

  it("are null where they are not defined, never NaN", () => {
    const none = binaryMetrics({ labels: [0, 0, 0], probabilities: pairs([0.1, 0.2, 0.3]) })
    expect(none).toMatchObject({ accuracy: 1, sensitivity: null, specificity: 1, precision: null, f1: null, auc: null })
    expect(none.balancedAccuracy).toBe(1)
    expect(JSON.stringify(binaryMetrics({ labels: [], probabilities: [] }))).not.toMatch(/NaN|Infinity/)
    const nothing = binaryMetrics({ labels: [], probabilities: [] })
    expect(nothing).toMatchObject({ n: 0, accuracy: null, balancedAccuracy: null, majorityAccuracy: null, auc: null })
  })

  it("answer the negative at a probability of exactly one half", () => {
    expect(binaryMetrics({ labels: [1], probabilities: pairs([0.5]) }).confusion[1]).toEqual([1, 0])
  })

  it("rank by logits where probabilities round to 1", () => {
    const probabilities = pairs([1, 1])
    expect(binaryMetrics({ labels: [0, 1], probabilities }).auc).toBe(0.5)
    expect(binaryMetrics({ labels: [0, 1], probabilities, scores: [40, 50] }).auc).toBe(1)
  })
})

describe("rocAuc", () => {
  it("counts a tie half", () => {
    expect(rocAuc([1, 0], [0.3, 0.3])).toBe(0.5)
    expect(rocAuc([1, 0, 1, 0], [0.8, 0.8, 0.9, 0.1])).toBe(3.5 / 4)
  })

  it("is the share of pairs in the right order", () => {
    const positive = Array.from({ length: 60 }, (_, i) => i % 3 === 0)
    const scores = positive.map((_, i) => ((i * 37) % 17) + (i % 3 === 0 ? 2 : 0))
    const won = positive.flatMap((p, i) =>
      p ? positive.flatMap((q, j) => (q ? [] : [(Math.sign(scores[i] - scores[j]) + 1) / 2])) : [],
    )
    expect(rocAuc(positive.map(Number), scores)).toBeCloseTo(won.reduce((a, b) => a + b) / won.length, 12)
  })
})

describe("type metrics", () => {
  const expectedOf = ({ sensitivities, precisions, f1s, ...expected }: Record<string, number[]>) => expected

  it.each<number>([...sklearn.types.keys()])("are scikit-learn's, case %i", (i) => {
    const expected = sklearn.types[i]
    const metrics = typeMetrics(expected, expected.probabilities[0].length)
    agree(metrics, expectedOf(expected))
    metrics.perClass.forEach(({ sensitivity, precision, f1 }, k) => {
      expect(sensitivity).toBeCloseTo(expected.sensitivities[k], 12)
      expect(precision ?? 0).toBeCloseTo(expected.precisions[k], 12)
      expect(f1).toBeCloseTo(expected.f1s[k], 12)
    })
  })

  it("leave a class that does not occur out of the averages, and the AUC undefined", () => {
    const probabilities = [
      [0.8, 0.1, 0.1],
      [0.2, 0.7, 0.1],
      [0.6, 0.3, 0.1],
    ]
    const metrics = typeMetrics({ labels: [0, 1, 1], probabilities }, 3)
    expect(metrics).toMatchObject({ accuracy: 2 / 3, balancedAccuracy: 0.75, macroSensitivity: 0.75, auc: null })
    expect(metrics.macroPrecision).toBe((1 / 2 + 1) / 2)
    expect(metrics.perClass[2]).toMatchObject({
      n: 0,
      sensitivity: null,
      specificity: 1,
      precision: null,
      f1: null,
      auc: null,
    })
  })
})

it("counts a confusion matrix with labels down and answers across", () => {
  expect(confusionMatrix([0, 1, 2, 2, 2], [0, 2, 2, 0, 0], 3)).toEqual([
    [1, 0, 0],
    [0, 0, 1],
    [2, 0, 1],
  ])
})

describe("over folds", () => {
  it("are the mean and the sample standard deviation of what is defined", () => {
    expect(mean([2, null, 4, 9])).toBe(5)
    expect(standardDeviation([2, null, 4, 9])).toBeCloseTo(Math.sqrt((9 + 1 + 16) / 2), 12)
    expect(mean([null])).toBeNull()
    expect(standardDeviation([3, null])).toBeNull()
  })
})
