/** The interval of a share: by items where they are independent, by groups where they are not. */
import { expect, it } from "vitest"
import { wilson } from "../../src/eval/interval.ts"
import { shareOf } from "../../src/eval/share.ts"

const alone = (n: number) => Array.from({ length: n }, (_, i) => `${i}`)
const yes = (some: number, all: number) => Array.from({ length: all }, (_, i) => Number(i < some))

it("is Wilson's if each item is a group of its own", () => {
  expect(shareOf(yes(7, 10), alone(10))).toEqual({ value: 0.7, interval: wilson(7, 10) })
  expect(shareOf([], [])).toMatchObject({ value: null, interval: null })
})

it("is wider if items of a group are alike", () => {
  const n = 120
  const groups = alone(n).map((_, i) => `g${i % 12}`)
  const same = groups.map((group) => Number(Number(group.slice(1)) < 6))
  const { value, interval } = shareOf(same, groups)
  const [low, high] = wilson(60, n)!
  expect(value).toBe(0.5)
  expect(interval![1] - interval![0]).toBeGreaterThan(2 * (high - low))
})

it("counts groups as trials where all items are alike", () => {
  const groups = alone(40).map((_, i) => `g${i % 4}`)
  expect(shareOf(yes(40, 40), groups)).toEqual({ value: 1, interval: wilson(4, 4) })
  expect(shareOf(yes(0, 40), groups)).toEqual({ value: 0, interval: wilson(0, 4) })
})
