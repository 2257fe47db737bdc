/** groups.csv as spreadsheets write it. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { groupsTable } from "../../src/audit/groups_table.ts"
import { alike } from "../../src/data/alike.ts"
import { findGroups } from "../../src/data/groups.ts"
import { tempFolder } from "../support/temp_folder.ts"

const FILES = ["f/Müller 1.png", "f/im2.png", "n/im3.png"]
const read = async (csv: string | Uint8Array, files = FILES) =>
  findGroups(await tempFolder({ "groups.csv": csv }), files)
const lines = (mark: string, names = FILES) =>
  [["file", "group"], ...names.map((name, i) => [name, `Zoë${i >> 1}`])].map((row) => row.join(mark)).join("\r\n")
const big = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()

describe("is read", () => {
  it.each<[string, string | Uint8Array]>([
    ["UTF-16 with tabs, as Excel's Unicode text", Buffer.from(`\ufeff${lines("\t")}`, "utf16le")],
    ["UTF-16, big endian", big(lines("\t"))],
    ["UTF-16 without a byte order mark", Buffer.from(lines(","), "utf16le")],
    ["Windows-1252 with semicolons, as Excel's CSV", Buffer.from(lines(";"), "latin1")],
    ["a first line sep=;", `sep=;\r\n${lines(";")}`],
    ["a first line sep=, behind a byte order mark", `\ufeffsep=,\n${lines(",")}`],
    ["a quoted first line with a tab", `"sep=\t"\r\n${lines("\t")}`],
    ["bars", lines("|")],
    ["a byte order mark and semicolons", `\ufeff${lines(";")}`],
    ["absolute paths", lines(",", FILES.map((name) => `/data/set/${name}`))],
    ["absolute paths of Windows", lines(",", FILES.map((name) => `C:\\x\\${name.replace("/", "\\")}`))],
    ["paths that begin with the data folder", lines(",", FILES.map((name) => `set/${name}`))],
    ["names alone", lines(",", FILES.map((name) => path.basename(name)))],
    ["upper-case endings", lines(",", FILES.map((name) => name.replace("png", "PNG")))],
  ])("%s", async (_, csv) => expect((await read(csv)).groups).toEqual(["Zoë0", "Zoë0", "Zoë1"])) // biome-ignore format: a table

  it("says how many lines were matched by the end of the path", async () => {
    expect((await read("file,group\nx/f/1.png,a\nf/2.png,b\n", ["f/1.png", "f/2.png"])).grouping).toMatch(
      /; 1 line matched by the end of the path\.$/,
    )
  })
})

describe("is refused, and the cause named", () => {
  it.each<[string, string, RegExp]>([
    ["names that fit several images", "file,group\n1.png,a\n", /no line for 2 of 2 .*Lines such as "1\.png" fit several/],
    ["an image that two lines fit", "file,group\nx/f/1.png,a\ny/f/1.png,b\nn/1.png,c\n", /no line for 1 of 2 images: f\/1/],
    ["other columns", "name,person\nf/1.png,a\n", /found the columns name, person\. Name the column of/],
    ["an empty group below a sep line", "sep=;\nfile;group\nf/1.png;\n", /line 3: the group is empty/],
  ])("%s", (_, csv, message) => expect(read(csv, ["f/1.png", "n/1.png"])).rejects.toThrow(message)) // biome-ignore format: a table
})

describe("groups that people would take for one", () => {
  it.each([
    ["Pat00", "PAT00"],
    ["P000 ", "p000"],
    ["Pat 7", "pat7"],
    ["7", "007"],
    ["P7", "P007"],
    ["0", "0.0"],
    ["12", "12,00"],
    ["Ｐ1", "P1"],
  ])("%j and %j", (a, b) => expect(alike([a, b, "other"])).toEqual([[a, b]]))
  it.each([
    ["1", "10"],
    ["P1", "P11"],
    ["1.5", "1.50"],
    ["a", "b"],
    ["2.0", "20"],
  ])("but not %j and %j", (a, b) => expect(alike([a, b])).toEqual([]))

  it("are warned of, with what to do, and nothing is claimed of patients", async () => {
    const found = await read("file,group\nf/1.png,Pat00\nn/1.png,PAT00\n", ["f/1.png", "n/1.png"])
    expect(found).toMatchObject({ groups: ["Pat00", "PAT00"], patientsUnknown: true })
    expect(found.groupWarnings).toEqual([
      expect.stringMatching(/^1 set of groups .* such as "Pat00" and "PAT00".* Write one spelling for each patient in .*csv\.$/),
    ]) // biome-ignore format: short
    const by = await findGroups(await tempFolder(), ["f/p1-a.png", "f/P1-b.png"], { groupBy: "[pP]\\d+" })
    expect(by.groupWarnings).toHaveLength(1)
  })
})

it.each<[string, string | Uint8Array, string]>([
  ["UTF-16", Buffer.from(`\ufeff${lines("\t")}`, "utf16le"), "\ufeff"],
  ["Windows-1252 with a line sep=", Buffer.from(`sep=;\r\n${lines(";")}`, "latin1"), "\ufeffsep=;\r\n"],
  ["UTF-8 with a byte order mark", `\ufeff${lines(",")}`, "\ufeff"],
  ["UTF-8 with a byte order mark and a line sep=", `\ufeffsep=;\n${lines(";")}`, "\ufeffsep=;\n"],
  ["UTF-8", lines(","), ""],
])(
  "what an audit writes for a table in %s opens in a spreadsheet as before, and is read again",
  async (_, csv, start) => {
    const own = path.join(await tempFolder({ "groups.csv": csv }), "groups.csv")
    const table = await groupsTable({ files: FILES, joined: ["Zoë0", "Zoë0", "Zoë0"] }, own)
    const mark = /file(.)group/.exec(table)![1]
    expect(table).toBe(`${start}${lines(mark).replace("Zoë1", "Zoë0").replaceAll("\r", "")}\n`)
    expect((await read(table)).groups).toEqual(["Zoë0", "Zoë0", "Zoë0"])
  },
)

it("an audit adds images without a line to a table in any encoding", async () => {
  const dir = await tempFolder({ "groups.csv": Buffer.from("\ufefffile\tage\tgroup\r\nf/ü.png\t7\tp\r\n", "utf16le") })
  const own = path.join(dir, "groups.csv")
  const table = await groupsTable({ files: ["f/ü.png", "n/2.png"], joined: ["p", "n/2.png"] }, own)
  expect(table).toBe("\ufefffile\tage\tgroup\nf/ü.png\t7\tp\nn/2.png\t\tn/2.png\n")
  expect(readFileSync(own).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]))
})
