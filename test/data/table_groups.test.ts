/** Groups of a labels table, and what ties them: ids in DICOM files, groups.csv, equal content. */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { findGroups } from "../../src/data/groups.ts"
import { loadFolder } from "../../src/data/load.ts"
import { classify } from "../../src/data/table_classes.ts"
import { tableGroups } from "../../src/data/table_groups.ts"
import { findImages } from "../../src/data/walk.ts"
import { dicomPicture, type Element } from "../support/dicom_files.ts"
import { grayPng, tempFolder } from "../support/temp_folder.ts"

/** A picture of a patient's study. */
function film(i: number, patient: string, study: string) {
  const values = Array.from({ length: 256 }, (_, k) => (k * (i + 3) * 37 + (k >> 4) * i * 11) % 251)
  const more: Element[] = [
    ["00100020", "LO", patient],
    ["0020000d", "UI", study],
  ]
  return dicomPicture({ width: 16, height: 16, values, more })
}

const load = (dir: string, labels: string, options = {}) =>
  loadFolder(dir, { size: 8, cacheDir: false, labels, ...options })

it("are one where DICOM files share a patient or a study, and keep the table's names", async () => {
  const dir = await tempFolder({
    "a.dcm": film(0, "1", "1.2.1"),
    "b.dcm": film(1, "2", "1.2.1"),
    "c.dcm": film(2, "3", "1.2.2"),
    "d.png": await grayPng(40),
    "e.png": await grayPng(80),
    "f.png": await grayPng(160),
    "g.png": await grayPng(80),
    "groups.csv": "file,group\nd.png,copy\nf.png,copy\n",
    "labels.csv": "file,label,patient\na,0,p\nb,1,q\nc,0,r\nd,1,s\ne,0,t\nf,1,u\ng,0,v\n",
  })
  const data = await load(dir, path.join(dir, "labels.csv"))
  expect(data.groups).toEqual(["p", "p", "r", "s", "t", "s", "t"])
  expect(data.grouping).toBe(
    `7 images in 5 groups, from the column "patient" of ${path.join(dir, "labels.csv")}; ` +
      "ids in DICOM files joined 1 pair of them; 1 study has several patient ids, which count as one patient; " +
      `${path.join(dir, "groups.csv")} joined 1 pair of them. ` +
      "Files with the same content joined one pair of groups.",
  )
  expect(data.columns).toEqual({ patient: ["p", "q", "r", "s", "t", "u", "v"] })
  expect([data.parts, data.patientsUnknown]).toEqual([undefined, undefined])
})

it("of a column that may name patients under another name: a warning, unless groups are given", async () => {
  const row = (name: string, label: number, who: string) => `${name},${label},${who},${who}`
  const dir = await tempFolder({
    ...{ "a.png": await grayPng(40), "b.png": await grayPng(80), "c.png": await grayPng(160) },
    "t.csv": ["file,label,view,Patient Nr.", row("a", 0, "7"), row("b", 1, "7"), row("c", 1, "8")].join("\n"),
    "alone.csv": ["file,label,view,Patient Nr.", row("a", 0, "7"), row("b", 1, "6"), row("c", 1, "8")].join("\n"),
    "mine.csv": "file,group\na.png,x\nb.png,x\nc.png,y\n",
  })
  const { groupWarnings, patientsUnknown } = await load(dir, path.join(dir, "t.csv"))
  expect(groupWarnings).toEqual([
    expect.stringMatching(/^The column "Patient Nr\." of .*t\.csv may name the patients.*rename it to "patient"/),
  ])
  expect(patientsUnknown).toBe(true)
  const given = await load(dir, path.join(dir, "t.csv"), { groupsFile: path.join(dir, "mine.csv") })
  expect(given.groupWarnings).toBeUndefined()
  // A value per image tells no images of one patient.
  expect((await load(dir, path.join(dir, "alone.csv"))).groupWarnings).toBeUndefined()
})

it("that differ only in spelling: a warning", async () => {
  const dir = await tempFolder({
    "a.png": await grayPng(40),
    "b.png": await grayPng(80),
    "t.tsv": "file\tlabel\tgroup\na\t0\tPat1\nb\t1\tPAT01\n",
  })
  const { groupWarnings, patientsUnknown } = await load(dir, path.join(dir, "t.tsv"))
  expect(groupWarnings).toEqual([expect.stringMatching(/"Pat1" and "PAT01".*Write one spelling .*t\.tsv\.$/)])
  expect(patientsUnknown).toBe(true)
})

it("classes that no image has are left out, unless it is unclear which of two is positive", async () => {
  const files = { "a.png": await grayPng(40), "b.png": await grayPng(80) }
  const rows = (b: string) => `file,label\na,normal\nb,${b}\nc,spiral\n`
  const dir = await tempFolder({
    ...files,
    "one.csv": rows("buckle"),
    "two.csv": rows("buckle").replace("normal", "oblique"),
  })
  const { classes, labels, table } = await load(dir, path.join(dir, "one.csv"))
  expect([classes, [...labels]]).toEqual([["normal", "buckle"], [0, 1]]) // biome-ignore format: a pair
  expect(table!.withoutFile).toEqual([{ file: "c", line: 4 }])
  await expect(load(dir, path.join(dir, "two.csv"))).rejects.toThrow(
    /two.csv: images have only .*unclear which of them is/,
  )
})

const atlas = fileURLToPath(new URL("../../../shared/xray/fracatlas", import.meta.url))
it.skipIf(!existsSync(atlas))("FracAtlas, by a table of its manifest: groups and body parts of all films", async () => {
  const [header, ...rows] = readFileSync(path.join(atlas, "manifest.csv"), "utf8").trim().split("\n")
  const columns = header.split(",")
  const at = (name: string) => columns.indexOf(name)
  const picked = rows.map((row) => {
    const cells = row.split(",")
    return [
      path.parse(cells[at("file")]).name,
      Number(cells[at("class")] === "fractured"),
      cells[at("group")],
      cells[at("part")],
    ]
  })
  const labels = path.join(
    await tempFolder({ "t.csv": ["image_id,fractured,group,part", ...picked].join("\n") }),
    "t.csv",
  )
  const { files } = await findImages(atlas)
  const found = await classify(atlas, files, { labels, strict: true })
  expect([found.classes, found.files.length, found.labels.filter((label) => label === 1).length]).toEqual([
    ...[["not_fractured", "fractured"], 2984, 431],
  ])
  const { groups } = await findGroups(atlas, found.files, tableGroups(found.table))
  expect(new Set(groups).size).toBe(new Set(picked.map(([, , group]) => group)).size)
  expect(found.table!.facts).toMatchObject({ columns: ["group", "part"], withoutFile: [], contradicted: [] })
})
