/** Labels that out-of-fold predictions contradict. */
import { expect, it } from "vitest"
import { doubtful, type Predicted } from "../../src/audit/doubt.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

const predicted = (file: string, label: number, ...probabilities: number[]): Predicted => ({
  file,
  label,
  probabilities,
})

it("lists contradicted labels, the surest first, and no others", () => {
  const found = doubtful([
    predicted("right.png", 1, 0.1, 0.9),
    predicted("unsure.png", 0, 0.4, 0.6),
    predicted("sure.png", 1, 0.95, 0.05),
    predicted("even.png", 1, 0.5, 0.5),
  ])
  expect(found).toEqual([
    { file: "sure.png", label: 1, answer: 0, probability: 0.05, confidence: 0.95 },
    { file: "unsure.png", label: 0, answer: 1, probability: 0.4, confidence: 0.6 },
  ])
})

it("averages repeats, and takes the most probable of more classes", () => {
  const found = doubtful([
    predicted("a.png", 0, 0.2, 0.5, 0.3),
    predicted("b.png", 2, 0.1, 0.3, 0.6),
    predicted("a.png", 0, 0.1, 0.2, 0.7),
    predicted("b.png", 2, 0.1, 0.5, 0.4),
  ])
  expect(found).toEqual([
    { file: "a.png", label: 0, answer: 2, probability: expect.closeTo(0.15, 12), confidence: expect.closeTo(0.5, 12) },
  ])
})

it("finds most of the labels that were flipped, if the predictions are any good", () => {
  const random = new Random(0, Purpose.test)
  const flipped = (i: number) => i % 10 === 0
  const predictions = Array.from({ length: 480 }, (_, i) => {
    const truth = i % 2
    const p = 1 / (1 + Math.exp(-random.normal(truth === 1 ? 2 : -2, 1.5)))
    return predicted(`${i}`, flipped(i) ? 1 - truth : truth, 1 - p, p)
  })
  const first = doubtful(predictions).slice(0, 75)
  expect(first.filter(({ file }) => flipped(Number(file))).length).toBeGreaterThan(36)
})
