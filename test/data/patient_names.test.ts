/** Patients in the names of folders and files. */
import { describe, expect, it } from "vitest"
import { findGroups } from "../../src/data/groups.ts"
import { patientsByName, suggestGroupBy } from "../../src/data/patient_names.ts"
import { tempFolder } from "../support/temp_folder.ts"

const patients = (files: string[]) => [...(patientsByName(files)?.patients.values() ?? [])]

describe("patientsByName", () => {
  it.each([
    ["MURA", ["XR_HAND/patient00011/study2_negative/1.png", "XR_WRIST/patient00011/study1_positive/1.png", "XR_WRIST/patient00012/study1_positive/1.png"]],
    ["folders P012", ["f/P012/view3.png", "f/P012/view1.png", "n/P013/view1.png"]],
    ["GRAZPEDWRI-DX", ["f/0001_1297860395_01_WRI-L1_M014.png", "f/0001_1297860495_02_WRI-L2_M014.png", "n/0002_1297860395_01_WRI-R1_F009.png"]],
    ["case-7_lat", ["f/case-7_lat.png", "f/case-7_ap.png", "n/case-8_lat.png"]],
    ["BIDS", ["f/sub-03/ses-1/lat.png", "f/sub-03/ses-2/lat.png", "n/sub-04/ses-1/lat.png"]],
    ["BIDS in files", ["f/sub-CM03_ses-1.png", "f/sub-CM03_ses-2.png", "n/sub-CM04_ses-1.png"]],
    ["file names P012_ap", ["f/P012_ap.png", "n/P012_lat.png", "n/P013_lat.png"]],
    ["Patient 7", ["f/Patient 7 ap.png", "f/patient_007-lat.png", "f/Patient 8 ap.png"]],
    ["subjects", ["f/wrist_subject12_a.png", "f/wrist_subject12_b.png", "f/wrist_subject13_a.png"]],
    ["patient ID", ["f/PatientID-5_1.png", "f/PatientID-5_2.png", "f/PatientID-6_1.png"]],
    ["a split", ["train/f/pt5/1.png", "test/f/pt5/2.png", "test/f/pt6/2.png"]],
    ["numbered folders", ["f/0012/ap.png", "f/0012/lat.png", "n/0013/ap.png"]],
    ["patients above classes", ["patient1/fractured/1.png", "patient1/normal/1.png", "patient2/normal/1.png"]],
  ])("%s", (_, files) => {
    const dirs = new Map(files.flatMap((file) => [...file.matchAll(/^(?:(?:train|test)\/)?[fn]\b/g)].map(([dir]) => [file, dir])))
    const found = [...(patientsByName(files, dirs)?.patients.values() ?? [])]
    expect(found).toHaveLength(3)
    expect([found[0] === found[1], found[1] === found[2]]).toEqual([true, false])
  }) // biome-ignore format: a table

  it.each([
    ["numbers that restart in each class folder", ["normal/001.png", "fractured/001.png", "normal/002.png"]],
    ["words that hold a word", ["f/showcase1.png", "f/expat2.png", "f/phase3.png", "f/subtle4.png", "f/part5.png"]],
    ["views", ["f/view1.png", "f/view2.png", "f/page1.png", "f/image_3.png"]],
    ["one patient", ["f/P1/1.png", "f/P1/2.png"]],
  ])("finds none in %s", (_, files) => expect(patientsByName(files)).toBeUndefined())

  it("believes no names if those of an implausible share have most images, and says which", async () => {
    const files = Array.from({ length: 40 }, (_, i) => `f/p${i < 30 ? 1 : i}_${i}.png`)
    expect(patients(files)).toEqual([])
    expect(patients(files.slice(25))).toHaveLength(15)
    expect(await findGroups(await tempFolder(), files)).toMatchObject({
      grouping:
        "40 images, groups unknown: each image counts as a patient (no groups.csv, and " +
        '"p1" is in the names of 30 of 40 images, which is too many for a patient).',
      patientsUnknown: true,
    })
  })
  it("keeps patients beside one that has very many images", async () => {
    const files = Array.from({ length: 281 }, (_, i) => `f/P${i < 101 ? 1000 : Math.floor((i - 101) / 3)}/${i}.png`)
    const { groups, grouping, patientsUnknown } = await findGroups(await tempFolder(), files)
    expect([new Set(groups).size, patientsUnknown]).toEqual([61, undefined])
    expect(grouping).toMatch(/3 to 101 images per patient/)
  })

  it("counts cases and bare numbers in each folder if they begin again there", () => {
    const files = ["f", "n"].flatMap((label) => [1, 2, 3].flatMap((i) => ["ap", "lat"].map((v) => `${label}/case${i}_${v}.png`)))
    expect(new Set(patients(files)).size).toBe(6)
    const folders = (n: number) => ["f", "n"].flatMap((label) => upTo(n).flatMap((i) => ["ap", "lat"].map((v) => `${label}/${i}/${v}.png`)))
    const found = (files: string[]) => patientsByName(files, new Map(files.map((file) => [file, file[0]])))
    expect(new Set(found(folders(20))!.patients.values()).size).toBe(40)
    // A few may be months, grades or series.
    expect(found(folders(12))).toBeUndefined()
    // A patient may have both: patient1 in two folders is one.
    expect(new Set(patients(files.map((file) => file.replace("case", "patient")))).size).toBe(3)
  }) // biome-ignore format: a table

  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
  const both = (name: (i: number) => string, n = 50) =>
    ["fractured", "normal"].flatMap((label) => upTo(n).map((i) => `${label}/${name(i)}`))
  it.each<[string, string[]]>([
    ["case numbers that begin again in each class, one image each", both((i) => `case_${i}.png`)],
    ["case numbers of one image each", upTo(50).map((i) => `${i % 2 ? "fractured" : "normal"}/case_${i}.png`)],
    ["years", both((i) => `${2015 + (i % 5)}/${i}.png`)],
    ["years in one class each", upTo(50).map((i) => `${i % 2 ? "fractured" : "normal"}/${2000 + (i % 10)}/${i}.png`)],
    ["years and months", both((i) => `${2015 + (i % 5)}/${1 + (i % 12)}/${i}.png`)],
    ["days", both((i) => `20190${4 + (i % 3)}1${i % 7}/${i}.png`)],
    ["grades", both((i) => `${i % 4}/${i}.png`)],
  ])("takes %s for no patients, and says so", async (_, files) => {
    const classDirs = new Map(files.map((file) => [file, file.split("/")[0]]))
    expect(patientsByName(files, classDirs)).toBeUndefined()
    expect((await findGroups(await tempFolder(), files, { classDirs })).patientsUnknown).toBe(true)
  })
  it("looks below folders of years, and takes 2019 beside other numbers for one of them", () => {
    const files = both((i) => `${2015 + ((i % 10) >> 1)}/${1000 + (i >> 1)}/${i}.png`)
    const dirs = new Map(files.map((file) => [file, file.split("/")[0]]))
    expect(new Set(patientsByName(files, dirs)!.patients.values()).size).toBe(50)
    expect(new Set(patients(upTo(60).map((i) => `${2000 + Math.floor(i / 2) * 10}/${i}.png`))).size).toBe(30)
  })
  it("keeps patients of one image each whose names say that they are patients", () =>
    expect(new Set(patients(upTo(9).map((i) => `${i % 2 ? "f" : "n"}/sub-${i}.png`))).size).toBe(9))

  it("takes no class folder for a patient", () => {
    const files = ["P1/a.png", "P2/b.png", "P3/c.png"]
    const dirs = new Map(files.map((file) => [file, file.slice(0, 2)]))
    expect(patientsByName(files, dirs)).toBeUndefined()
    const grades = ["0/1.png", "1/1.png", "2/1.png"]
    expect(patientsByName(grades, new Map(grades.map((file) => [file, file[0]])))).toBeUndefined()
  })
})

describe("findGroups", () => {
  const two = ["f/P01/ap.png", "f/P01/lat.png", "n/P02/ap.png"]

  it("prints what it recognised, with two examples and the number of images per patient", async () => {
    const { groups, grouping, patientsUnknown } = await findGroups(await tempFolder(), two)
    expect([groups, patientsUnknown]).toEqual([["P01", "P01", "P02"], undefined])
    expect(grouping).toBe(
      `3 images in 2 groups, by patients' numbers in names ("P01" in f/P01/ap.png, "P02" in n/P02/ap.png; ` +
        "1 to 2 images per patient). --group-by or --no-group-names overrides this.",
    )
  })
  it("is overridden by --no-group-names, also for copies", async () => {
    const found = await findGroups(await tempFolder(), [...two, "n/1.png", "n/1-rotated.png"], { groupNames: false })
    expect(new Set(found.groups).size).toBe(5)
    expect(found.grouping).toMatch(/groups unknown: each image counts as a patient \(.*--no-group-names\)/)
  })
  it("keeps copies and images that name no patient apart from those that do", async () => {
    const files = [...two, "n/7.png", "n/7-rotated1.png", "n/P02/ap-flip.png"]
    const { groups, grouping } = await findGroups(await tempFolder(), files)
    expect(groups).toEqual(["P01", "P01", "P02", "n/7", "n/7", "P02"])
    expect(grouping).toMatch(/2 images without such a number/)
  })
})

describe("names that may hold a patient's number in an unknown form", () => {
  const views = (name: (patient: number, view: number) => string, n = 12, v = 3) =>
    Array.from({ length: n * v }, (_, i) => name(Math.floor(i / v), i % v))
  const id = (patient: number) => String(patient + 100).padStart(4, "0")
  const label = (patient: number) => (patient % 2 ? "fractured" : "normal")

  it.each<[string, (patient: number, view: number) => string]>([
    ["0101_1.png", (p, v) => `${label(p)}/${id(p)}_${v}.png`],
    ["wrist101-lat.png", (p, v) => `${label(p)}/wrist${id(p)}-${"abc"[v]}.png`],
    ["site2_0101_lat.png", (p, v) => `${label(p)}/site2_${id(p)}_${"abc"[v]}.png`],
    ["9000101L.png, one side in another class", (p, v) => `${v ? "fractured" : "normal"}/9${id(p)}${"LRX"[v]}.png`],
    ["numbers that restart, with views", (p, v) => `${label(p)}/${p >> 1}_${v}.png`],
    ["folders with people's names", (p, v) => `${label(p)}/${"abcdefghijkl"[p]}-smith/${"xyz"[v]}.png`],
    [
      "folders with people's names in both classes",
      (p, v) => `${v ? "fractured" : "normal"}/${"abcdefghijkl"[p]}-smith/${v}.png`,
    ],
    [
      "the same views in both classes",
      (p, v) => `${v ? "fractured" : "normal"}/${"abcdefghijkl"[p]}-smith/ap${v >> 1}.png`,
    ],
    ["in train and test", (p, v) => `${v ? "train" : "test"}/${label(p)}/${id(p)}_${v}.png`],
  ])("%s: unknown, with the --group-by that fits", async (_, name) => {
    const files = views(name)
    const dirs = new Map(files.map((file) => [file, /^((train|test)\/)?\w+/.exec(file)![0]]))
    const found = await findGroups(await tempFolder(), files, { classDirs: dirs })
    expect([found.patientsUnknown, new Set(found.groups).size]).toEqual([true, files.length])
    const [, quotes, expression] = /: --group-by ('?)(.*)\1$/.exec(found.groupWarnings![0])!
    expect(quotes).toBe("'")
    const { groups } = await findGroups(await tempFolder(), files, { groupBy: expression })
    expect(new Set(groups).size).toBe(12)
    for (const [i, group] of groups.entries()) expect(groups[i - (i % 3)]).toBe(group)
  })

  it.each<[string, string[]]>([
    ["single numbers", views((p, v) => `${label(p)}/${3 * p + v}.png`)],
    ["IMG0001.png", views((p, v) => `${label(p)}/IMG${1000 + 3 * p + v}.png`)],
    ["a year in front", views((p, v) => `${label(p)}/2019_${1000 + 3 * p + v}.png`)],
    ["numbers that restart in each class", views((p, v) => `${v ? "fractured" : "normal"}/${id(p)}.png`, 12, 2)],
    ["copies", views((p, v) => `${label(p)}/${id(p)}${v ? `-rotated${v}` : ""}.png`)],
    ["two parts", views((p, v) => `${label(p)}/part${p % 2}_${3 * p + v}.png`)],
  ])("%s are none", async (_, files) => {
    expect(suggestGroupBy(files, (file) => file.replace(/-rotated\d|\.png/g, ""))).toBeUndefined()
    expect((await findGroups(await tempFolder(), files)).groupWarnings).toBeUndefined()
  })

  it("takes files without a number along", async () => {
    const files = [...views((p, v) => `n/${id(p)}_${v}.png`), "n/overview.png"]
    const { groupWarnings } = await findGroups(await tempFolder(), files)
    const [, expression] = /--group-by '(.*)'$/.exec(groupWarnings![0])!
    expect(new Set((await findGroups(await tempFolder(), files, { groupBy: expression })).groups).size).toBe(13)
  })
})
