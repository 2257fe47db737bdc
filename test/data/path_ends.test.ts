import { describe, expect, it } from "vitest"
import { lookUp } from "../../src/data/groups_csv.ts"
import { matchLabels } from "../../src/data/match_labels.ts"
import { pathEnds } from "../../src/data/path_ends.ts"
import { Random } from "../../src/tensor/random.ts"

describe("pathEnds", () => {
  it("finds the paths of which one is the end of the other, as a comparison of each pair does", () => {
    const random = new Random(3, 1)
    const path = () => Array.from({ length: 1 + random.integer(3) }, () => "ab/"[random.integer(3)]).join("/")
    const paths = Array.from({ length: 60 }, path)
    const find = pathEnds(paths)
    for (const one of [...Array.from({ length: 60 }, path), "none", "/a/b", "a b"]) {
      const alike = (other: string) => `/${one}`.endsWith(`/${other}`) || `/${other}`.endsWith(`/${one}`)
      expect(find(one).sort((a, b) => a - b)).toEqual([...paths.keys()].filter((i) => alike(paths[i])))
    }
  })
})

describe("many files of one name, as in MURA", () => {
  const files = Array.from({ length: 20_000 }, (_, i) => `XR_HAND/patient${i}/study1_positive/image1.png`)

  it("have the lines of a table with other folders in front", () => {
    const table = new Map(files.map((file, i) => [`MURA/train/${file}`, `p${i}`]))
    expect(lookUp(table, files)).toEqual({ groups: [...table.values()], inexact: 20_000, unused: [], vague: [] })
  })
  it("have the rows of a table of labels", () => {
    const rows = files.map((file, i) => ({ line: i + 2, file: `MURA/${file}`, label: i % 2, columns: {} }))
    expect(matchLabels({ table: "labels.csv", classes: ["no", "yes"], rows }, files)).toMatchObject({ files, rows })
  })
})
