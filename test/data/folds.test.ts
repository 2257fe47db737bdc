import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { folds, innerSplit, type Splittable } from "../../src/data/folds.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

interface Image {
  file: string
  label: number
  group: string
}

const split = (images: Image[]): Splittable => ({
  files: images.map(({ file }) => file),
  labels: Uint8Array.from(images, ({ label }) => label),
  groups: images.map(({ group }) => group),
})

/** Any images: groups of any size, of one class or several. */
const anyImages = (classes: number) =>
  fc
    .array(fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 9 }), { minLength: 2, maxLength: 60 })
    .map((groups) =>
      groups.flatMap((labels, g) => labels.map((label, i) => ({ file: `${g}/${i}`, label, group: `g${g}` }))),
    )

/** The least number of groups that hold a class. */
function scarcest(images: Image[]): number {
  const labels = [...new Set(images.map(({ label }) => label))]
  return Math.min(...labels.map((label) => new Set(images.filter((i) => i.label === label).map((i) => i.group)).size))
}

const dataset = (classes: number) =>
  fc
    .tuple(anyImages(classes), fc.integer({ min: 2, max: 6 }), fc.nat(1000))
    .filter(([images, k]) => new Set(images.map(({ label }) => label)).size >= 2 && scarcest(images) >= k)

/** held[fold][label] */
function tally(images: Image[], fold: ArrayLike<number>, k: number): number[][] {
  const held = Array.from({ length: k }, () => [0, 0, 0, 0])
  for (const [i, { label }] of images.entries()) held[fold[i]][label]++
  return held
}

describe("folds", () => {
  it("never splits a group, and gives each image one of k folds", () => {
    fc.assert(
      fc.property(dataset(3), ([images, k, seed]) => {
        const fold = folds(split(images), { k, seed })
        const of = new Map<string, number>()
        for (const [i, { group }] of images.entries()) {
          if (fold[i] >= k || (of.get(group) ?? fold[i]) !== fold[i]) return false
          of.set(group, fold[i])
        }
        return new Set(fold).size === k
      }),
    )
  })

  it("leaves no fold without a class: two classes in any mixture of groups", () => {
    fc.assert(
      fc.property(dataset(2), ([images, k, seed]) => {
        const held = tally(images, folds(split(images), { k, seed }), k)
        return held.every(([a, b]) => a > 0 && b > 0)
      }),
    )
  })

  it("leaves no fold without a class: four classes in groups of one", () => {
    const pure = dataset(4).map(
      ([images, k, seed]) => [images.map((i) => ({ ...i, group: `${i.group}${i.label}` })), k, seed] as const,
    )
    fc.assert(
      fc.property(pure, ([images, k, seed]) => {
        const present = [...new Set(images.map(({ label }) => label))]
        return tally(images, folds(split(images), { k, seed }), k).every((held) =>
          present.every((label) => held[label] > 0),
        )
      }),
    )
  })

  it("does not depend on the order of the input", () => {
    fc.assert(
      fc.property(dataset(3), fc.nat(), ([images, k, seed], order) => {
        const shuffled = new Random(order, Purpose.test).shuffle(images)
        const [a, b] = [folds(split(images), { k, seed }), folds(split(shuffled), { k, seed })]
        const of = new Map(images.map(({ file }, i) => [file, a[i]]))
        return shuffled.every(({ file }, i) => of.get(file) === b[i])
      }),
    )
  })

  it("without groups, deals every class and the whole out to within one image", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 90 }),
        fc.integer({ min: 6, max: 90 }),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        (a, b, k, seed) => {
          const images = Array.from({ length: a + b }, (_, i) => ({
            file: `${1000 + i}`,
            label: i < a ? 0 : 1,
            group: `${i}`,
          }))
          const held = tally(images, folds(split(images), { k, seed }), k)
          const spread = (n: number[]) => Math.max(...n) - Math.min(...n)
          return (
            spread(held.map((h) => h[0])) <= 1 &&
            spread(held.map((h) => h[1])) <= 1 &&
            spread(held.map((h) => h[0] + h[1])) <= 1
          )
        },
      ),
    )
  })

  it("deals uneven groups as evenly as they allow", () => {
    // Groups of 6, 5, 4, 3, 2, 1 images per class: the only even halves are 21 images of 42 with 10
    // or 11 of each class.
    const images = [6, 5, 4, 3, 2, 1].flatMap((n) =>
      [0, 1].flatMap((label) =>
        Array.from({ length: n }, (_, i) => ({ file: `${label}/${n}/${i}`, label, group: `${label} ${n}` })),
      ),
    )
    for (let seed = 0; seed < 20; seed++) {
      const held = tally(images, folds(split(images), { k: 2, seed }), 2)
      expect(held.map(([a, b]) => a + b)).toEqual([21, 21])
      expect(Math.abs(held[0][0] - held[1][0])).toBe(1)
    }
  })

  it("changes with the seed and not otherwise", () => {
    const images = Array.from({ length: 40 }, (_, i) => ({ file: `${100 + i}`, label: i % 2, group: `${i}` }))
    const of = (seed: number) => folds(split(images), { k: 5, seed }).join("")
    expect(new Set([1, 2, 3, 4, 5].map(of)).size).toBe(5)
    expect(of(1)).toBe(of(1))
  })

  it("is the same on every machine and in every version", () => {
    const images = Array.from({ length: 24 }, (_, i) => ({
      file: `${100 + i}`,
      label: Number(i % 3 === 0),
      group: `${i >> 1}`,
    }))
    expect(folds(split(images), { k: 4, seed: 7 }).join("")).toBe("113333330011220022221100")
  })

  it("is fast enough for the largest public sets", () => {
    const random = new Random(3, Purpose.test)
    const images = Array.from({ length: 40_000 }, (_, i) => {
      const patient = random.integer(13_000)
      return { file: `${100_000 + i}`, label: random.integer(2), group: `${patient}` }
    })
    const held = tally(images, folds(split(images), { k: 5, seed: 1 }), 5)
    for (const label of [0, 1]) {
      const n = held.map((h) => h[label])
      expect(Math.max(...n) - Math.min(...n)).toBeLessThanOrEqual(2)
    }
  }, 10_000)

  const images = (classes: Record<string, number>) => ({
    ...split(
      Object.entries(classes).flatMap(([name, n], label) =>
        Array.from({ length: n }, (_, i) => ({ file: `${name}/${i}`, label, group: `${name}/${i}` })),
      ),
    ),
    classes: Object.keys(classes),
  })

  it.each([0, 1, -3, 2.5, Number.NaN, 256])("refuses k = %s", (k) =>
    expect(() => folds(images({ a: 9, b: 9 }), { k, seed: 1 })).toThrow(/folds: k is .* 2 to 255/),
  )
  it("refuses one class", () =>
    expect(() => folds(images({ intact: 9 }), { k: 3, seed: 1 })).toThrow(/all 9 images are of class "intact"/))
  it("refuses no images", () => expect(() => folds(images({}), { k: 3, seed: 1 })).toThrow(/no images/))
  it("refuses more folds than a class has groups", () => {
    expect(() => folds(images({ intact: 9, fractured: 4 }), { k: 5, seed: 1 })).toThrow(
      /class "fractured" has 4 groups of images, fewer than the 5 folds.*--folds 4/,
    )
    expect(() => folds(images({ intact: 9, fractured: 1 }), { k: 5, seed: 1 })).toThrow(
      /has 1 group of images.*Add images of it/,
    )
    expect(folds(images({ intact: 9, fractured: 5 }), { k: 5, seed: 1 })).toHaveLength(14)
  })
})

describe("innerSplit", () => {
  /** Images with fold 0 set aside. */
  const withTraining = (classes: number) =>
    dataset(classes).map(([images, k, seed]) => {
      const fold = folds(split(images), { k, seed })
      return { images, seed, train: [...fold.keys()].filter((i) => fold[i] !== 0) }
    })
  /** Groups can be too few for any validation part, which is refused; that is tested below. */
  const inner = (images: Image[], train: number[], fraction: number, seed: number) => {
    fc.pre(scarcest(train.map((i) => images[i])) >= 2)
    return innerSplit(split(images), train, { fraction, seed, fold: 0 })
  }

  it("divides the training part, splits no group, and has every class on both sides", () => {
    // Two classes: with more, groups of several classes can make it impossible.
    fc.assert(
      fc.property(
        withTraining(2),
        fc.double({ min: 0.1, max: 0.5, noNaN: true }),
        ({ images, seed, train }, fraction) => {
          const { train: rest, validation } = inner(images, train, fraction, seed)
          expect([...rest, ...validation].sort((a, b) => a - b)).toEqual(train)
          const groups = (part: number[]) => new Set(part.map((i) => images[i].group))
          expect([...groups(rest)].filter((group) => groups(validation).has(group))).toEqual([])
          const classes = (part: number[]) => new Set(part.map((i) => images[i].label))
          expect(classes(rest)).toEqual(classes(train))
          expect(classes(validation)).toEqual(classes(train))
        },
      ),
    )
  })

  it("does not depend on the order of the input", () => {
    fc.assert(
      fc.property(withTraining(3), fc.nat(), ({ images, seed, train }, order) => {
        const places = new Random(order, Purpose.test).shuffle([...images.keys()])
        const a = inner(images, train, 0.2, seed)
        const shuffled = places.map((i) => images[i])
        const moved = [...places.keys()].filter((i) => train.includes(places[i])).reverse()
        const b = innerSplit(split(shuffled), moved, { fraction: 0.2, seed, fold: 0 })
        const files = (from: Image[], part: number[]) => part.map((i) => from[i].file).sort()
        expect(files(shuffled, b.validation)).toEqual(files(images, a.validation))
      }),
    )
  })

  const images = Array.from({ length: 200 }, (_, i) => ({
    file: `${1000 + i}`,
    label: Number(i % 4 === 0),
    group: `${i}`,
  }))
  const all = [...images.keys()]

  it.each([0.1, 0.15, 0.2, 0.5])("takes %d of each class", (fraction) => {
    const { validation } = innerSplit(split(images), all, { fraction, seed: 1, fold: 0 })
    expect(Math.abs(validation.filter((i) => images[i].label === 0).length - 150 * fraction)).toBeLessThanOrEqual(1)
    expect(Math.abs(validation.filter((i) => images[i].label === 1).length - 50 * fraction)).toBeLessThanOrEqual(1)
  })
  it("draws differently for each seed and fold", () => {
    const of = (seed: number, fold: number) =>
      innerSplit(split(images), all, { fraction: 0.2, seed, fold }).validation.join()
    expect(new Set([of(1, 0), of(1, 1), of(2, 0), of(2, 1)]).size).toBe(4)
    expect(of(1, 1)).toBe(of(1, 1))
  })
  it("is the same on every machine and in every version, with draws of its own", () => {
    const { validation } = innerSplit(split(images), all, { fraction: 0.05, seed: 7, fold: 2 })
    expect(validation.join()).toBe("17,18,42,59,64,89,126,142,160,188")
    expect(new Set(Object.values(Purpose)).size).toBe(Object.keys(Purpose).length)
  })
  it("keeps a class with a single group for training", () => {
    const few = [...images.filter(({ label }) => label === 0), { file: "x", label: 1, group: "x" }]
    const { train } = innerSplit(split(few), [...few.keys()], { fraction: 0.2, seed: 1, fold: 0 })
    expect(train).toContain(150)
  })
  it.each([0, 1, -0.1, 2, Number.NaN])("refuses a fraction of %s", (fraction) =>
    expect(() => innerSplit(split(images), all, { fraction, seed: 1, fold: 0 })).toThrow(
      /fraction is .*between 0 and 1/,
    ),
  )
  it("refuses too few groups", () => {
    expect(() => innerSplit(split(images), [0], { fraction: 0.2, seed: 1, fold: 2 })).toThrow(
      /fold-2 has 1 group, too few/,
    )
    expect(() => innerSplit(split(images), [0, 1], { fraction: 0.2, seed: 1, fold: 0 })).toThrow(
      /has 2 groups, too few/,
    )
    expect(() => innerSplit(split(images), [], { fraction: 0.2, seed: 1, fold: 0 })).toThrow(/has 0 groups, too few/)
  })
})
