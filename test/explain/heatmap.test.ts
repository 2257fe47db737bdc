import sharp from "sharp"
import { expect, it } from "vitest"
import { plasma } from "../../src/data/plasma.ts"
import { heatmap } from "../../src/explain/heatmap.ts"

const SIZE = 20
const gray = Uint8Array.from({ length: SIZE * SIZE }, (_, k) => (k % SIZE) * 12)
const raw = async (png: Uint8Array) => sharp(png).raw().toBuffer({ resolveWithObject: true })

/** CIE L*, 0 black to 100 white. https://en.wikipedia.org/wiki/CIELAB_color_space */
function lightness(rgb: number[]): number {
  const linear = rgb.map((value) => (value <= 10.31 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
  const y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y
}

it("its colours become lighter evenly, and none is gray", () => {
  const values = Array.from({ length: 19 }, (_, k) => plasma(k / 18))
  const steps = values.slice(1).map((colour, k) => lightness(colour) - lightness(values[k]))
  const mean = steps.reduce((a, b) => a + b) / steps.length
  for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.6)
  for (const colour of values) expect(Math.max(...colour) - Math.min(...colour)).toBeGreaterThan(90)
  expect([plasma(-1), plasma(2)]).toEqual([plasma(0), plasma(1)])
})

it("leaves the image as it is where the map is 0 or below", async () => {
  const { data, info } = await raw(await heatmap(gray, new Float32Array(SIZE * SIZE).fill(-1), SIZE))
  expect([info.width, info.height, info.channels]).toEqual([400, 400, 3])
  for (const column of [2, 9, 15]) {
    const [red, green, blue] = data.subarray((200 * 400 + column * 20 + 10) * 3)
    expect([red, green]).toEqual([blue, blue])
    expect(Math.abs(red - column * 12)).toBeLessThan(8)
  }
})

it("has the last colour at the map's peak, or at the value that is given as the top", async () => {
  const map = new Float32Array(SIZE * SIZE)
  for (const [row, column] of [
    [9, 9],
    [9, 10],
    [10, 9],
    [10, 10],
  ])
    map[row * SIZE + column] = 2
  const middle = async (top?: number) => {
    const { data } = await raw(await heatmap(gray, map, SIZE, { top }))
    return [...data.subarray((200 * 400 + 200) * 3).subarray(0, 3)]
  }
  const [red, green, blue] = await middle()
  expect(red).toBeGreaterThan(180)
  expect(green).toBeGreaterThan(180)
  expect(blue).toBeLessThan(90)
  const [, fainter] = await middle(4)
  expect(fainter).toBeLessThan(green - 50)
})
