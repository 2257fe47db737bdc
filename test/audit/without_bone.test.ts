/** AUC without looking at the bone, and the features that it is made of. */
import { describe, expect, it } from "vitest"
import { cluesOf, columnFeatures, glance, headerFeatures } from "../../src/audit/clues.ts"
import { withoutBone } from "../../src/audit/without_bone.ts"
import { breathing } from "../../src/classic/breath.ts"
import { type Features, rowOf } from "../../src/classic/features.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

const rows = (x: Features) => Array.from({ length: x.n }, (_, i) => [...rowOf(x, i)])

describe("AUC without the bone", () => {
  const n = 240
  const random = new Random(5, Purpose.test)
  const indices = [...Array(n).keys()]
  const labels = Uint8Array.from(indices, (i) => i % 2)
  const data = {
    files: indices.map((i) => `${String(i).padStart(3, "0")}.png`),
    classes: ["not_fractured", "fractured"],
    labels,
    // Three films per patient, of both classes.
    groups: indices.map((i) => `p${Math.floor(i / 3)}`),
  }
  const telling = indices.map((i) => (random.uniform() < 0.8 ? `scanner ${labels[i]}` : "scanner 2"))

  it("is high for a column that tells the class, and about a half for one that does not", async () => {
    const clues = {
      noise: columnFeatures(indices.map(() => String(random.normal()))),
      "column scanner": columnFeatures(telling),
      nothing: columnFeatures(indices.map(() => "same")),
    }
    const [first, ...others] = await withoutBone(data, clues, breathing())
    expect(first.name).toBe("column scanner")
    expect(first.auc.value).toBeGreaterThan(0.85)
    expect(first.auc.interval![0]).toBeGreaterThan(0.75)
    for (const { auc } of others) expect(Math.abs(auc.value! - 0.5)).toBeLessThan(0.12)
  })

  it("is not fooled by what only tells patients apart", async () => {
    const classOf = (group: string) => Number(group.slice(1)) % 2
    const same = { ...data, labels: Uint8Array.from(data.groups, classOf) }
    const groups = [...new Set(data.groups)]
    const patient: Features = {
      ...{ n, d: groups.length },
      values: Float32Array.from(data.groups.flatMap((own) => groups.map((group) => Number(group === own)))),
    }
    const [{ auc }] = await withoutBone(same, { patient }, breathing())
    // Image by image it would be 1.
    expect(auc.value).toBeLessThan(0.6)
  })

  it("is the mean over three classes, and left out if a class has too few groups", async () => {
    const three = { ...data, classes: ["a", "b", "c"], labels: Uint8Array.from(indices, (i) => i % 3) }
    const column = columnFeatures(indices.map((i) => (i % 3 === 2 ? "c" : "a or b")))
    const [{ auc }] = await withoutBone(three, { column }, breathing())
    expect(auc.value).toBeCloseTo((1 + 0.75 + 0.75) / 3, 1)
    expect(await withoutBone({ ...data, groups: indices.map((i) => `p${i % 4}`) }, { column }, breathing())).toEqual([])
  })
})

describe("clues", () => {
  it("the gray histogram leaves out the bars beside the image", () => {
    // 8 x 4 pixels in 8 x 8: bars above and below.
    const [white, mixed] = [new Uint8Array(64).fill(255, 16, 48), new Uint8Array(64).fill(100, 16, 32)]
    expect(glance(white, 8, 2).histogram[31]).toBe(32)
    const { histogram } = glance(mixed, 8, 2)
    expect([histogram[12], histogram[0]]).toEqual([16, 16])
  })

  it("thumbnails are 16 x 16 gray values", () => {
    const { thumbnail } = glance(
      Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 0 : 255)),
      64,
      1,
    )
    expect(thumbnail).toHaveLength(256)
    expect([thumbnail[0], thumbnail[15]]).toEqual([0, 255])
  })

  it("are histograms as shares, thumbnails, headers, and each column that varies", () => {
    const header = { bytes: 100, format: "png", width: 64, height: 32, jpegQuality: null }
    const image = { ...header, ...glance(new Uint8Array(64 * 64).fill(255), 64, 2) }
    const clues = cluesOf([image, image], { part: ["leg", "hand"], site: ["here", "here"] })
    expect(Object.keys(clues)).toEqual(["gray histogram", "16x16 thumbnail", "file header", "column part"])
    expect(rows(clues["gray histogram"])[1][31]).toBe(1)
    expect(clues["16x16 thumbnail"]).toMatchObject({ n: 2, d: 256 })
  })

  it("a column's values are features each, numbers in bins of equally many rows", () => {
    expect(rows(columnFeatures(["leg", "hand", "leg", ""]))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ])
    const ages = columnFeatures([...Array.from({ length: 60 }, (_, i) => String(i)), ""])
    expect(ages.d).toBe(7)
    const sizes = Array.from({ length: 7 }, (_, k) => rows(ages).reduce((sum, row) => sum + row[k], 0))
    expect(sizes).toEqual([10, 10, 10, 10, 10, 10, 1])
    expect(columnFeatures(Array.from({ length: 100 }, (_, i) => `name ${i}`)).d).toBe(30)
  })

  it("headers have format, size, shape and quality", () => {
    const png = { bytes: 100, format: "png", width: 10, height: 20, jpegQuality: null }
    const x = headerFeatures([png, { ...png, format: "jpeg", jpegQuality: 90 }, { ...png, width: 40 }])
    const [a, b, c] = rows(x)
    expect([a, b, c].map((row) => row.length)).toEqual([x.d, x.d, x.d])
    expect(new Set([a, b, c].map(String)).size).toBe(3)
    // Each of the seven facts has one of its values.
    expect(rows(x).map((row) => row.reduce((sum, value) => sum + value))).toEqual([7, 7, 7])
  })
})
