/** First weights that are not drawn: `oriented`. What is drawn is measured in docs/init.md. */
import { expect, it } from "vitest"
import { oriented } from "../../src/index.ts"

const SIZE = 5

/** Filter k of eight, of two inputs. */
function filters(): Float32Array[] {
  const values = new Float32Array(8 * 2 * SIZE * SIZE)
  oriented(values, [8, 2, SIZE, SIZE], 1, 0)
  return Array.from({ length: 8 }, (_, k) => values.subarray(k * 2 * SIZE * SIZE, (k + 1) * 2 * SIZE * SIZE))
}

it("oriented: filters have L2 norm 1, see nothing in even gray, and are the same for every input", () => {
  for (const filter of filters()) {
    expect(Math.hypot(...filter)).toBeCloseTo(1, 6)
    expect(filter.reduce((sum, value) => sum + value)).toBeCloseTo(0, 6)
    expect(filter.subarray(SIZE * SIZE)).toEqual(filter.subarray(0, SIZE * SIZE))
  }
})

it("oriented: filter k answers most to a ramp in its own direction, 2 pi k / 8", () => {
  const ramp = (angle: number) => (i: number) =>
    ((i % SIZE) - 2) * Math.cos(angle) + ((Math.floor(i / SIZE) % SIZE) - 2) * Math.sin(angle)
  for (const [k, filter] of filters().entries()) {
    const answers = Array.from({ length: 8 }, (_, j) => {
      const gray = ramp((2 * Math.PI * j) / 8)
      return filter.reduce((sum, value, i) => sum + value * gray(i), 0)
    })
    expect(answers.indexOf(Math.max(...answers))).toBe(k)
    expect(answers[(k + 2) % 8]).toBeCloseTo(0, 6)
  }
})
