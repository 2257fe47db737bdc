/** Images that are no film of one limb, and drawn radiographs, which are. */
import { expect, it } from "vitest"
import { drawPhantoms } from "../../src/data/phantom.ts"
import { imageAt } from "../../src/data/pixels.ts"
import { type LookedAt, looksInverted, unusual } from "../../src/data/unusual.ts"

const SIZE = 32

/** An image by its gray values; square, unless told, and in gray. */
const image = (gray: (x: number, y: number) => number, other: Partial<LookedAt> = {}): LookedAt => ({
  pixels: Uint8Array.from({ length: SIZE * SIZE }, (_, i) => gray(i % SIZE, Math.floor(i / SIZE))),
  size: SIZE,
  width: SIZE,
  height: SIZE,
  colour: 0,
  ...other,
})

const bone = (x: number) => (x > 10 && x < 22 ? 180 : 5)
const twoBones = (x: number) => ((x > 2 && x < 13) || (x > 18 && x < 29) ? 180 : 5)

it.each([
  ["tiny", image(bone, { width: 15, height: 12 }), /^tiny \(15 x 12 pixels, the network sees 32 x 32\)$/],
  ["coloured", image(bone, { colour: 40 }), /^coloured/],
  ["inverted", image((x) => 255 - bone(x)), /^inverted/],
  ["two films side by side", image(twoBones), /^several films in one/],
  ["two films one above the other", image((_, y) => twoBones(y)), /^several films in one/],
])("%s is told", (_, given, expected) => {
  expect(unusual(given)).toEqual([expect.stringMatching(expected)])
})

it("one bone is usual, also on a narrow film, whose bars are no gap", () => {
  expect(unusual(image(bone))).toEqual([])
  expect(unusual(image((x) => (x < 8 || x > 23 ? 0 : 100 + x), { width: 400, height: 800 }))).toEqual([])
})

it("inverted films are told by their pixels alone, with bars beside them or without", () => {
  const looks = (gray: (x: number) => number) => looksInverted(image(gray).pixels, SIZE)
  const narrow = (gray: (x: number) => number) => (x: number) => (x < 4 || x > 27 ? 0 : gray(x))
  for (const shape of [(gray: (x: number) => number) => gray, narrow]) {
    expect(looks(shape((x) => 255 - bone(x)))).toBe(true)
    expect(looks(shape(bone))).toBe(false)
  }
  expect(looks(() => 0)).toBe(false)
  // A white frame around a film that is as usual.
  const framed = image((x, y) => (Math.min(x, y, SIZE - 1 - x, SIZE - 1 - y) < 2 ? 250 : bone(x)))
  expect([looksInverted(framed.pixels, SIZE), unusual(framed)]).toEqual([false, []])
})

it("drawn radiographs are usual", () => {
  const drawing = drawPhantoms({ count: 60, seed: 1, size: SIZE })
  let next = drawing.next()
  while (!next.done) next = drawing.next()
  const data = next.value
  for (const index of data.labels.keys())
    expect(unusual({ ...image(() => 0), pixels: imageAt(data, index) }), data.files[index]).toEqual([])
})
