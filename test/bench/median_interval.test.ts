import { expect, it } from "vitest"
// @ts-expect-error: plain JavaScript, as the guard that uses it.
import { median, medianInterval } from "../../bench/guard/median_interval.mjs"

/** Order statistics, from 1, of the 95 % interval of the median: a table of the sign test. */
const TABLE = [
  ...[
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [12, 3, 10],
    [15, 4, 12],
    [20, 6, 15],
    [21, 6, 16],
    [25, 8, 18],
  ],
] as const

it.each(TABLE)("the median of %i values lies between the order statistics %i and %i", (n, low, high) => {
  // In another order than theirs.
  const values = Array.from({ length: n }, (_, i) => ((i * 7) % n) + 1)
  const shuffled = new Set(values).size === n ? values : values.map((_, i) => n - i)
  expect(medianInterval(shuffled)).toEqual([low, high])
  expect(median(shuffled)).toBe((n + 1) / 2)
})

it("five values have no such interval", () => {
  expect(() => medianInterval([1, 2, 3, 4, 5])).toThrow("an interval of the median needs 6 values or more, got 5")
})
