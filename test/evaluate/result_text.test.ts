import { expect, it } from "vitest"
import { apartText } from "../../src/evaluate/result_text.ts"

const folds = (...thresholds: number[]) => thresholds.map((probability) => ({ threshold: { probability } }))

it("says so if the networks' thresholds lie far apart", () => {
  expect(apartText(folds(0.24, 0.83))).toEqual([
    "the networks' own thresholds lie from 0.24 to 0.83: sensitivity and specificity at their mean say little, the AUC needs none",
  ])
})

it.each([[[]], [[0.1]], [[0.4, 0.5, 0.6]]])("says nothing of %j", (thresholds) => {
  expect(apartText(folds(...thresholds))).toEqual([])
})

it("says nothing of more than two classes, which have no threshold", () => {
  expect(apartText([{ threshold: null }, {}])).toEqual([])
})
