/** Labels from a table: which columns, which classes, and which row belongs to which file. */
import { existsSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readLabels } from "../../src/data/labels_table.ts"
import { matchLabels } from "../../src/data/match_labels.ts"
import { readUserTable } from "../../src/data/user_table.ts"
import { tempFolder } from "../support/temp_folder.ts"

/** A table in a new folder. */
async function tableOf(content: string | Uint8Array, name = "labels.csv"): Promise<string> {
  return path.join(await tempFolder({ [name]: content }), name)
}
const read = async (content: string, options = {}) => readLabels(await tableOf(content), options)
const classOf = ({ classes, rows }: Awaited<ReturnType<typeof readLabels>>) => rows.map(({ label }) => classes[label])

describe("columns", () => {
  it("file and label, with group, split and any others", async () => {
    const labels = await read(
      "file,label,Patient,split,site,age\n./a\\b.png,fractured,p1,train,north,7\nc.png,normal,p2,Validation,south,\n",
    )
    expect(labels.classes).toEqual(["normal", "fractured"])
    const shared = { Patient: "p1", split: "train", site: "north", age: "7" }
    expect(labels.rows[0]).toEqual({ line: 2, file: "a/b.png", label: 1, group: "p1", part: "train", columns: shared })
    expect(labels.rows[1]).toMatchObject({ line: 3, part: "val", columns: { age: "" } })
  })

  it("of FracAtlas and of GRAZPEDWRI-DX, where an empty cell means no", async () => {
    const atlas = await read("image_id,hand,fractured\nIMG0.jpg,1,0\nIMG1.jpg,0,1\n")
    expect(atlas.classes).toEqual(["not_fractured", "fractured"])
    expect(classOf(atlas)).toEqual(["not_fractured", "fractured"])
    const graz = await read(
      "filestem,patient_id,fracture_visible\n0001_1_01_WRI-L1_M014,1,1.0\n0001_1_01_WRI-L2_M014,1,\n",
    )
    expect(graz.classes).toEqual(["not_fractured", "fractured"])
    expect(graz.rows.map(({ label, group }) => [label, group])).toEqual([
      [1, "1"],
      [0, "1"],
    ])
  })

  it.each([
    ["normal", "normal", "not_normal"],
    ["not_fractured", "not_fractured", "fractured"],
    ["Intact", "intact", "not_intact"],
    ["no_fracture", "no_fracture", "fracture"],
  ])("in which yes says that nothing is broken: %s", async (column, negative, positive) => {
    const content = `file,${column}\na.png,1\nb.png,0\n`
    const labels = await read(content, { labelColumn: column })
    expect(labels.classes).toEqual([negative, positive])
    expect(labels.rows.map(({ label }) => label)).toEqual([0, 1])
    const known = await read(content, { labelColumn: column, known: ["not_fractured", "fractured"] })
    expect(classOf(known)).toEqual(["not_fractured", "fractured"])
  })

  it.each([
    ["is_normal", [0, 1]],
    ["has_fracture", [1, 0]],
    ["label", [1, 0]],
  ])("by a verb or by no name at all, among a run's classes: %s", async (column, labels) => {
    const known = ["not_fractured", "fractured"]
    const { rows } = await read(`file,${column}\na.png,1\nb.png,0\n`, { labelColumn: column, known })
    expect(rows.map(({ label }) => label)).toEqual(labels)
  })

  it.each(["no_finding", "lesion", "without_implant"])(
    "whose name does not say which class yes means: %s",
    async (column) => {
      const content = `file,${column}\na.png,1\nb.png,0\n`
      const known = ["not_fractured", "fractured"]
      const asked = read(content, { labelColumn: column, known }).catch((error: Error) => error.message)
      const [, yes, no] = /: --positive (\S+)\. If no does: --positive (\S+)$/.exec((await asked) as string)!
      const labelsIf = async (positive: string, text = content) =>
        (await read(text, { labelColumn: column, known, positive })).rows.map(({ label }) => label)
      expect([await labelsIf(yes), await labelsIf(no)]).toEqual([[1, 0], [0, 1]]) // biome-ignore format: pairs
      // Also if all images have one value.
      expect([await labelsIf(yes, `file,${column}\na,1\n`), await labelsIf(no, `file,${column}\na,1\n`)]).toEqual([
        [1],
        [0],
      ])
    },
  )

  it("of a run whose positive class is the intact one are read by their names", async () => {
    const known = ["fractured", "intact"]
    const by = async (column: string) =>
      (await read(`file,${column}\na.png,1\nb.png,0\n`, { labelColumn: column, known })).rows.map(({ label }) => label)
    expect([await by("fractured"), await by("normal")]).toEqual([[0, 1], [1, 0]]) // biome-ignore format: pairs
    await expect(by("label")).rejects.toThrow('does not say whether yes means "fractured" or "intact"')
  })

  it("in training, yes to no_finding is the negative class", async () => {
    const { classes, rows } = await read("file,no_finding\na.png,1\nb.png,0\n", { labelColumn: "no_finding" })
    expect([classes, rows.map(({ label }) => label)]).toEqual([["no_finding", "finding"], [0, 1]]) // biome-ignore format: a pair
  })

  it("a row of more cells than the header has is refused, since one may hold the delimiter", async () => {
    await expect(read("file,age,fractured\na.png,12,1,0\nb.png,9,0\n")).rejects.toThrow(
      'labels.csv, line 2: 4 cells, but the header has 3; put a cell that holds ",", such as 12,5, into quotes, or remove lines above the header',
    )
    expect((await read("file,age,fractured\na.png,9,1,,\nb.png,9,0\n")).rows).toHaveLength(2)
  })

  it.each(["?", "-", "n/a", "NaN", "null"])("an empty cell may mean no, but not %s", async (cell) =>
    expect(read(`filestem,fracture_visible\na,1\nb,\nc,${cell}\n`)).rejects.toThrow(
      `line 4: the class in column "fracture_visible" is "${cell}", and cnn does not know whether this means no`,
    ),
  )

  it("named FILE NAME and Patient ID are known", async () => {
    const { rows } = await read("FILE NAME,Patient ID,Label\na.png,7,1\nb.png,8,0\n")
    expect(rows.map(({ file, group }) => [file, group])).toEqual([
      ["a.png", "7"],
      ["b.png", "8"],
    ])
  })

  it("without a name are left out: a spreadsheet adds them", async () => {
    const { columns, rows } = await read("file,label,view,,\na.png,1,ap,,\nb.png,0,pa,,x\n")
    expect([columns, rows[1].columns]).toEqual([["view"], { view: "pa" }])
  })

  it("that the user names, whatever their case and spaces", async () => {
    const content = "Image Path,Broken bone,label\na.png,yes,x\nb.png,No,y\n"
    const labels = await read(content, { fileColumn: "image_path", labelColumn: "broken bone" })
    expect(labels.classes).toEqual(["not_broken_bone", "broken_bone"])
    expect(labels.rows.map(({ label }) => label)).toEqual([1, 0])
    await expect(read(content, { fileColumn: "name" })).rejects.toThrow(
      'no column "name" (--file-column); found "Image Path", "Broken bone", "label"',
    )
    await expect(read(content, { fileColumn: "image_path", labelColumn: "broke bone" })).rejects.toThrow(
      /"label"\. Did you mean Broken bone\?$/,
    )
    const titled = `Study,,\n${content}`
    await expect(read(titled, { fileColumn: "Image Path" })).rejects.toThrow("Line 2 looks like the header")
  })

  it.each([
    ["none for the files", "name,label\na,0\n", /no column "file"; found "name", "label".*--file-column NAME/],
    [
      "two for the classes",
      "file,class,fractured\na,0,1\n",
      /"class" and "fractured" could both.*--label-column class/,
    ],
    [
      "the documented one beside that of a public set",
      "file,label,fractured\na,hand,1\nb,leg,0\n",
      /"label" and "fractured" could both.*--label-column label/,
    ],
    [
      "a title above the header",
      "Fractures 2024\n\nfile,label\na,0\n",
      /no column "file"; found "Fractures 2024"\. Line 3 looks like the header: remove the lines above it\.$/,
    ],
    ["the same name twice", "file,label,label\na,0,1\n", /two columns are named "label"; rename or remove one/],
    ["no rows", "file,label\n", /no rows; expected labels as CSV or TSV/],
    ["too few cells", "file,label\na.png\n", /labels.csv: Invalid Record Length.*line 2/],
  ])("%s: says so", async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
  })
})

describe("tables as programs write them", () => {
  const rows = [
    ["file", "label"],
    ["ä.png", "1"],
    ["b.png", "0"],
  ]
  const text = (delimiter: string) => rows.map((row) => row.join(delimiter)).join("\r\n")

  it.each([
    ["tabs", "labels.tsv", Buffer.from(text("\t"))],
    ["semicolons", "labels.csv", Buffer.from(text(";"))],
    ["UTF-8 with a byte order mark", "labels.csv", Buffer.from(`\ufeff${text(",")}`)],
    ["UTF-16", "labels.csv", Buffer.from(`\ufeff${text("\t")}`, "utf16le")],
    ["Windows-1252", "labels.csv", Buffer.from(text(","), "latin1")],
    ["a line that names the delimiter", "labels.csv", Buffer.from(`sep=;\r\n${text(";")}`)],
  ])("%s", async (_, name, content) => {
    const { rows } = await readLabels(await tableOf(content, name))
    expect(rows.map(({ file, label }) => [file, label])).toEqual([
      ["ä.png", 1],
      ["b.png", 0],
    ])
    expect(rows[0].line).toBe(content.toString().startsWith("sep") ? 3 : 2)
  })

  it.each([
    ["xlsx or ods", [0x50, 0x4b, 3, 4, 20, 0, 6, 0]],
    ["xls", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ])("a workbook (%s): says how to save it as CSV", async (_, bytes) => {
    // The name does not matter.
    await expect(readLabels(await tableOf(Uint8Array.from(bytes)))).rejects.toThrow(
      /labels.csv: is a workbook; expected labels as CSV or TSV.*File > Save As > "CSV UTF-8/,
    )
  })

  it("cells led by an apostrophe against formulas, and a file that is not there", async () => {
    const { rows } = await readUserTable(await tableOf(`file,label\n'=a.png,  x \n`), "a table")
    expect(rows).toEqual([{ line: 2, cells: { file: "=a.png", label: "x" }, values: ["'=a.png", "  x "] }])
    await expect(readLabels("nowhere.csv")).rejects.toThrow("nowhere.csv: no such file; expected labels as CSV")
  })
})

describe("classes", () => {
  const column = (values: string[], name = "label") =>
    [`file,${name}`, ...values.map((v, i) => `${i}.png,${v}`)].join("\n")

  it.each([
    [
      ["0", "1"],
      ["negative", "positive"],
    ],
    [
      ["True", "false"],
      ["negative", "positive"],
    ],
    [
      ["Y", "n"],
      ["negative", "positive"],
    ],
    [
      ["1.0", "0.0"],
      ["negative", "positive"],
    ],
    [
      ["fractured", "normal", "Fractured"],
      ["normal", "fractured"],
    ],
    [
      ["0", "1", "2"],
      ["0", "1", "2"],
    ],
    [
      ["oblique", "no", "spiral"],
      ["no", "oblique", "spiral"],
    ],
    [
      ["spiral", "not fractured", "buckle"],
      ["not fractured", "buckle", "spiral"],
    ],
  ])("of %j are %j", async (values, classes) => {
    expect((await read(column(values))).classes).toEqual(classes)
  })

  it.each([
    [
      "letters that change places",
      ["fractured", "normal", "Fractrued", "fractured"],
      /"Fractrued" \(1 row\) and "fractured" \(2 rows\) .* spelt in two ways/,
    ],
    ["a letter that is missing", ["fratured", "normal", "fractured"], /"fractured" \(1 row\) and "fratured" \(1 row\)/],
    ["a plural", ["spiral", "normal", "spirals"], /"spiral" \(1 row\) and "spirals" \(1 row\)/],
  ])("are no more for a misspelt one: %s", async (_, values, message) => {
    await expect(read(column(values))).rejects.toThrow(message)
  })

  it.each([
    [["normal", "abnormal", "displaced", "undisplaced"]],
    [["type 1", "type 2", "type 3", "none"]],
    [["no", "oblique", "buckle", "greenstick"]],
  ])("of names that are merely alike stay: %j", async (values) => {
    expect((await read(column(values))).classes.toSorted()).toEqual(values.toSorted())
  })

  it("whose names do not say which is positive: --positive does", async () => {
    await expect(read(column(["a", "b"]))).rejects.toThrow(/"a", "b", which do not say.*--positive b or --positive a$/)
    expect((await read(column(["a", "b"]), { positive: "A" })).classes).toEqual(["b", "a"])
    expect((await read(column(["0", "1"], "fractured"), { positive: "not_fractured" })).classes).toEqual([
      ...["fractured", "not_fractured"],
    ])
    await expect(read(column(["a", "b"]), { positive: "c" })).rejects.toThrow(
      'no class "c" (--positive); found "a", "b"',
    )
    await expect(read(column(["a", "b", "c"]), { positive: "c" })).rejects.toThrow("but there are 3")
  })

  it.each([
    ["an empty cell", ["0", "", "1"], /line 3: the class in column "label" is empty.*Fill it or remove the row/],
    ["NA", ["0", "1", "NA"], /line 4: the class in column "label" is "NA"/],
    ["another word beside yes and no", ["yes", "no", "maybe"], /line 4: label is "maybe"; expected yes or no/],
    [
      "one class only",
      ["1", "1"],
      /all 2 rows are "positive" \(column "label"\); expected two classes.*--label-column/,
    ],
    ["a class for each row", Array.from({ length: 300 }, (_, i) => `p${i}`), /has 300 different values.*at most 256/],
  ])("%s: says so", async (_, values, message) => {
    await expect(read(column(values))).rejects.toThrow(message)
  })

  it("of a column known to mean no if empty are yes and no alone", async () => {
    await expect(read(column(["1", "", "2"], "fracture_visible"))).rejects.toThrow(/line 4: fracture_visible is "2"/)
    await expect(read(column(["1", ""], "fractured"))).rejects.toThrow(/line 3.*is empty/)
  })
})

describe("rows", () => {
  it.each([
    ["twice", "a.png,0\nb.png,1\na.png,0", /line 4: a.png is also in line 2; expected one row per image/],
    ["that contradict", "a.png,0\nb.png,1\na.png,1", /line 4: a.png is "positive" here and "negative" in line 2/],
    ["without a file", "a.png,0\n,1", /line 3: the cell in column "file" is empty/],
  ])("%s: say so", async (_, rows, message) => {
    await expect(read(`file,label\n${rows}\n`)).rejects.toThrow(message)
  })

  it("without a group or with an unknown split: say so", async () => {
    await expect(read("file,label,group\na,0,g\nb,1,\n")).rejects.toThrow(/line 3: the cell in column "group" is empty/)
    await expect(read("file,label,split\na,0,train\nb,1,later\n")).rejects.toThrow(
      /line 3: split is "later"; expected train, val or test/,
    )
  })
})

describe("rows and files", () => {
  const match = async (rows: string[], files: string[]) =>
    matchLabels(
      await read(["file,label", ...rows.map((row, i) => (row.includes(",") ? row : `${row},${i % 2}`))].join("\n")),
      files,
    )

  it.each([
    ["path", "images/a.png"],
    ["name", "a.png"],
    ["stem", "a"],
    ["path above the folder", "set/images/a.png"],
    ["stem with another ending", "images/a.jpg"],
    ["absolute path", "/data/set/images/a.png"],
    ["other letter case", "Images/A.PNG"],
  ])("go together by %s", async (_, row) => {
    const { files, rows, withoutFile, withoutRow } = await match([row, "b"], ["images/a.png", "images/b.png"])
    expect(files).toEqual(["images/a.png", "images/b.png"])
    expect(rows.map(({ file }) => file)).toEqual([row, "b"])
    expect([withoutFile, withoutRow]).toEqual([[], []])
  })

  it("are exact where they can be, and keep the digits of UIDs", async () => {
    const { rows } = await match(
      ["a.jpg", "a.png", "1.2.840.7", "1.2.840.8", "B"],
      ["a.png", "a.jpg", "1.2.840.8", "1.2.840.7.dcm", "b.png", "B.png"],
    )
    expect(rows.map(({ file }) => file)).toEqual(["a.png", "a.jpg", "1.2.840.8", "1.2.840.7", "B"])
  })

  it("that lack each other are listed", async () => {
    const found = await match(["a.png", "b.png", "gone.png", "x/c.png"], ["a.png", "b.png", "new.png", "y/c.png"])
    expect(found.files).toEqual(["a.png", "b.png"])
    expect(found.withoutFile.map(({ file, line }) => [file, line])).toEqual([
      ["gone.png", 4],
      ["x/c.png", 5],
    ])
    expect(found.withoutRow).toEqual(["new.png", "y/c.png"])
  })

  it.each([
    ["a stem of two files", ["a", "b"], ["a.png", "a.jpg", "b.png"], /line 2: "a" fits 2 files: a.png, a.jpg/],
    [
      "a name in two folders",
      ["a.png", "b"],
      ["x/a.png", "y/a.png", "b.png"],
      /line 2: "a.png" fits 2 files: x\/a.png/,
    ],
    ["two rows for a file", ["a", "a.png"], ["x/a.png"], /lines 2 and 3: "a" and "a.png" both name x\/a.png/],
    [
      "nothing in common",
      ["a", "b"],
      ["c.png"],
      /none of its 2 rows names one of the 1 images, for example "a" in line 2 and c/,
    ],
    ["one class left", ["a", "b"], ["a.png"], /all 1 rows that name an image are "negative"; expected two classes/],
  ])("%s: says so", async (_, rows, files, message) => {
    await expect(match(rows, files)).rejects.toThrow(message)
  })

  it("whose folder says another class are listed", async () => {
    const files = ["Fractured/a.png", "Fractured/b.png", "Non_fractured/c.png", "test/hand/d.png"]
    const { contradicted } = await match(["a,1", "b,0", "c,0", "d,1"], files)
    expect(contradicted).toEqual([{ file: "Fractured/b.png", folder: "Fractured", label: "negative", line: 3 }])
    const types = await match(["a,spiral", "b,normal", "c,buckle"], ["spiral/a.png", "buckle/b.png", "intact/c.png"])
    expect(types.contradicted.map(({ file }) => file)).toEqual(["buckle/b.png"])
  })
})

const atlas = fileURLToPath(new URL("../../../shared/xray/fracatlas/manifest.csv", import.meta.url))
it.skipIf(!existsSync(atlas))("FracAtlas' manifest has its 431 fractures in 2,984 films", async () => {
  const { classes, rows } = await readLabels(atlas)
  expect(classes).toEqual(["not_fractured", "fractured"])
  expect([rows.length, rows.filter(({ label }) => label === 1).length]).toEqual([2984, 431])
  expect(rows[0]).toMatchObject({ group: "run0000", columns: { part: "leg" } })
})
