/** Which DICOM files are of one patient. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { isPlaceholder, readDicomIds } from "../../src/data/dicom/ids.ts"
import { groupByIds } from "../../src/data/dicom_groups.ts"
import { findGroups } from "../../src/data/groups.ts"
import { dicomPicture, type Element, SYNTAX } from "../support/dicom_files.ts"
import { tempFolder } from "../support/temp_folder.ts"

type Ids = Parameters<typeof groupByIds>[0][number]

/** Which files are together, as one letter per file. */
function letters(keys: readonly unknown[]): string {
  const known: string[] = []
  return keys
    .map((key) => {
      const text = JSON.stringify(key)
      if (!known.includes(text)) known.push(text)
      return key === undefined ? "-" : "abcdefghij"[known.indexOf(text)]
    })
    .join("")
}
const together = (files: Ids[]) => letters(groupByIds(files).keys)
const each = (n: number, of: (i: number) => Ids) => Array.from({ length: n }, (_, i) => of(i))

describe("images are of one patient", () => {
  it.each<[string, Ids[], string]>([
    ["with one patient id", [{ patient: "1" }, { patient: "2" }, { patient: "1" }], "aba"],
    [
      "of one study, whatever their patient ids",
      [
        { patient: "1", study: "s" },
        { patient: "2", study: "s" },
        { patient: "3", study: "t" },
      ],
      "aab",
    ],
    ["of one series", [{ patient: "1", series: "x" }, { series: "x", study: "s" }, { study: "t" }], "aab"],
    ["of one frame of reference", [{ study: "s", frame: "f" }, { study: "t", frame: "f" }, { study: "u" }], "aab"],
    [
      "over a chain",
      [
        { patient: "1", study: "s" },
        { patient: "2", study: "s" },
        { patient: "2", study: "t" },
        { study: "t" },
        { patient: "9" },
        {},
      ],
      "aaaab-",
    ],
    ["with one name and no other id", [{ name: "P1", study: "s" }, { name: "P1", study: "t" }, { name: "P2" }], "aab"],
  ])("%s", (_, files, expected) => expect(together(files)).toBe(expected))
})

describe("an id that ties an implausible share of the set is not used", () => {
  it("a patient id in all studies, in one of three hospitals, and in more than 100 studies", () => {
    const one = groupByIds(each(20, (i) => ({ patient: "HOSPITAL", study: `s${i >> 1}` })))
    expect(letters(one.keys)).toBe("aabbccddeeffgghhiijj")
    expect(one.notes).toEqual(["one patient id is shared by 20 images and was not used"])
    const three = groupByIds(each(90, (i) => ({ patient: `H${i % 3}`, study: `s${i}` })))
    expect(new Set(three.keys.map((key) => key?.id)).size).toBe(90)
    const many = groupByIds(each(1000, (i) => ({ patient: i < 101 ? "X" : `p${i}`, study: `s${i}` })))
    expect(new Set(many.keys.map((key) => key?.id)).size).toBe(1000)
  })
  it("a study of all patients, and a frame of reference of all studies", () => {
    const study = groupByIds(each(40, (i) => ({ patient: `p${i >> 2}`, study: "1.2.3" })))
    expect(new Set(study.keys.map((key) => key?.id)).size).toBe(10)
    expect(study.notes).toEqual(["one study UID is shared by 40 images and was not used"])
    const frame = groupByIds(each(40, (i) => ({ study: `s${i >> 1}`, frame: "1.2.3" })))
    expect(new Set(frame.keys.map((key) => key?.id)).size).toBe(20)
    expect(frame.notes[0]).toMatch(/one frame of reference UID/)
  })
  it("the same everywhere", () => {
    const { keys, notes } = groupByIds(each(30, () => ({ patient: "p", study: "s", series: "x" })))
    expect(keys.every((key) => key === undefined)).toBe(true)
    expect(notes).toHaveLength(3)
  })
  it("but a patient with many studies is one", () => {
    const { keys, notes } = groupByIds(each(60, (i) => ({ patient: i < 9 ? "p" : `q${i}`, study: `s${i}` })))
    expect([new Set(keys.slice(0, 9).map((key) => key?.id)).size, notes]).toEqual([1, []])
    expect(letters(groupByIds(each(6, (i) => ({ patient: "p", study: `s${i}` }))).keys)).toBe("aaaaaa")
  })
})

describe("isPlaceholder", () => {
  it.each(["", " ", "0", "0000", "ANON", "Anonymous", "ANONYMIZED", "anonymised", "unknown", "XXXX", "N/A", "n.a.", "---", "None", "NOID", "De-identified", "***", "patient"])("%j names nobody", (id) => expect(isPlaceholder(id)).toBe(true)) // biome-ignore format: a list
  it.each(["1", "10", "ANON-0012", "X1", "Unknown^7", "P000", "patient3", "9999"])("%j names somebody", (id) =>
    expect(isPlaceholder(id)).toBe(false),
  )
})

describe("files", () => {
  const picture = (more: Element[], syntax: string = SYNTAX.explicit) =>
    dicomPicture({ width: 4, height: 4, values: Array(16).fill(7), syntax, more })
  const uids = (patient: string, study: string, frame = ""): Element[] => [
    ["00100020", "LO", patient],
    ["0020000d", "UI", study],
    ["0020000e", "UI", `${study}.5`],
    ["00200052", "UI", frame],
  ]

  it.each([SYNTAX.explicit, SYNTAX.implicit, SYNTAX.deflated, SYNTAX.big])("give their ids, in syntax %s", async (syntax) => {
    const dir = await tempFolder({ "a.dcm": picture(uids("P 1 ", "1.2.3", "1.9"), syntax) })
    expect(await readDicomIds(path.join(dir, "a.dcm"))).toEqual({
      ids: { patient: '["P 1",""]', study: "1.2.3", series: "1.2.3.5", frame: "1.9" },
      isPlaceholder: false,
    })
  }) // biome-ignore format: a table

  it("are grouped, named by no id, and what was not believed is said", async () => {
    const dir = await tempFolder()
    const names = ["a", "b", "c", "d", "e"].map((name) => `${name}.dcm`)
    const ids = [
      uids("ANON", "1.1"),
      uids("ANON", "1.2"),
      uids("SECRET1", "1.2"),
      uids("SECRET2", "1.2"),
      uids("0", ""),
    ]
    for (const [i, name] of names.entries()) writeFileSync(path.join(dir, name), picture(ids[i]))
    const { groups, grouping } = await findGroups(dir, names)
    expect(letters(groups)).toBe("abbbc")
    expect(grouping).toMatch(/1 study has several patient ids, which count as one patient/)
    expect(grouping).toMatch(/the patient id is a placeholder in 3 files/)
    expect(JSON.stringify([groups, grouping])).not.toMatch(/SECRET|1\.2/)
  })

  it("without a patient id are grouped by folders named after patients, too", async () => {
    const files = ["n/P001/a.dcm", "n/P001/b.dcm", "f/P002/a.dcm"]
    const dir = await tempFolder(Object.fromEntries(files.map((file, i) => [file, picture(uids("", `1.${i}`))])))
    const { groups, grouping } = await findGroups(dir, files)
    expect(letters(groups)).toBe("aab")
    expect(grouping).toMatch(/in 3 DICOM files\.$/)
    // Files of other kinds in such a folder belong to it.
    writeFileSync(path.join(dir, "n/P001/c.png"), "x")
    expect(letters((await findGroups(dir, [...files, "n/P001/c.png"])).groups)).toBe("aaba")
  })

  it("with a patient id are grouped with files of other kinds that name the patient", async () => {
    const files = ["f/P001/a.dcm", "f/P001/b.png", "n/P002/a.dcm", "n/P002_lat.png", "n/P003/a.png"]
    const dir = await tempFolder(
      Object.fromEntries(
        files.map((file) => [file, file.endsWith("dcm") ? picture(uids(`SECRET ${file[5]}`, `1.${file[5]}`)) : "x"]),
      ),
    )
    const { groups, grouping, patientsUnknown } = await findGroups(dir, files)
    expect([letters(groups), patientsUnknown]).toEqual(["aabbc", undefined])
    expect(groups.join()).not.toMatch(/SECRET/)
    expect(grouping).toMatch(
      /in 2 DICOM files; 2 other images by the patient's number that such a file has in its name; 1 file without/,
    )
    expect(letters((await findGroups(dir, files, { groupNames: false })).groups)).toBe("abcde")
  })

  it("with a patient id are not joined by a name that ties many patients", () => {
    const { keys, notes } = groupByIds(each(40, (i) => ({ patient: `p${i >> 1}`, name: i % 4 ? "P1" : "P2" })))
    expect([new Set(keys.map((key) => key?.id)).size, notes]).toEqual([
      20,
      ["one name is shared by 10 images and was not used", "one name is shared by 30 images and was not used"],
    ])
    const few = groupByIds(each(4, (i) => ({ patient: `p${i}`, name: `P${i >> 1}` })))
    expect([letters(few.keys), few.notes]).toEqual([
      "aabb",
      ["2 patients' numbers in names have several patient ids, which count as one patient"],
    ])
  })

  it("without ids are grouped by names alone, and the sentence says so", async () => {
    const files = ["n/P001/a.dcm", "n/P001/b.dcm", "f/P002/a.dcm"]
    const dir = await tempFolder(Object.fromEntries(files.map((file) => [file, picture([])])))
    expect(await findGroups(dir, files)).toMatchObject({
      groups: ["P001", "P001", "P002"],
      grouping: expect.stringMatching(/^3 images in 2 groups, by patients' numbers in names/),
    })
  })
})
