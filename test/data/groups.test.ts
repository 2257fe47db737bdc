import { describe, expect, it } from "vitest"
import { original, stem } from "../../src/data/copies.ts"
import { findGroups } from "../../src/data/groups.ts"
import { joinIdentical } from "../../src/data/identical.ts"
import { tempFolder } from "../support/temp_folder.ts"

describe("original: what a file is a picture of", () => {
  const of = (file: string, ...others: string[]) => original(file, new Set([file, ...others].map(stem)))

  it.each([
    "f/10.jpg",
    "f/10.png",
    "f/10-rotated1.jpg",
    "f/10-rotated1-rotated2.jpg",
    "f/10-rotated3-rotated1-rotated2.jpeg",
    "f/10_rot90.png",
    "f/10 rotated.jpg",
    "f/10_aug_3.jpg",
    "f/10_aug.jpg",
    "f/10-augmented-12.jpg",
    "f/10_flip.jpg",
    "f/10_hflip.jpg",
    "f/10-flipped-v.jpg",
    "f/10_vertical_flip.jpg",
    "f/10_mirror.jpg",
    "f/10 - Copy.jpg",
    "f/10 - Copy (2).jpg",
    "f/10 copy 2.jpg",
    "f/10_copy.jpg",
    "f/Copy of 10.jpg",
    "f/10_jpg.rf.0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg",
    "f/10_flip-rotated2_aug_1.jpg",
    "train/f/10.jpg",
    "VAL/f/10-rotated1.jpg",
  ])("%s shows f/10", (file) => expect(of(file)).toBe("f/10"))

  it.each([
    ["f/110.jpg", "f/110"],
    ["f/10-1.jpg", "f/10-1"],
    ["f/10-r1.jpg", "f/10-r1"],
    ["f/parrot.jpg", "f/parrot"],
    ["f/backflip.jpg", "f/backflip"],
    ["f/photocopy.jpg", "f/photocopy"],
    ["f/carrot12.jpg", "f/carrot12"],
    ["n/10-rotated1.jpg", "n/10"],
    ["f/a/10-rotated1.jpg", "f/a/10"],
    ["f/-rotated1.jpg", "f/-rotated1"],
    ["f/scan.v2.jpg", "f/scan.v2"],
  ])("%s shows %s", (file, name) => expect(of(file)).toBe(name))

  it("takes (1) for a copy only beside the plain name, since Windows numbers unrelated files so", () => {
    expect(of("f/wrist (1).jpg", "f/wrist (2).jpg")).toBe("f/wrist (1)")
    expect(of("f/wrist (1).jpg", "f/wrist.jpg")).toBe("f/wrist")
    expect(of("f/wrist(1).jpg", "f/wrist.png")).toBe("f/wrist")
    expect(of("f/wrist (1).jpg", "g/wrist.jpg")).toBe("f/wrist (1)")
  })
})

describe("findGroups: by name", () => {
  it("says how many copies it found, with an example", async () => {
    const files = ["f/10-rotated1.jpg", "f/10.jpg", "f/11.jpg", "n/10.jpg"]
    const { groups, grouping } = await findGroups(await tempFolder(), files)
    expect(groups).toEqual(["f/10", "f/10", "f/11", "n/10"])
    expect(grouping).toBe(
      "4 images in 3 groups, since their names say that they are copies of one another " +
        "(f/10-rotated1.jpg, f/10.jpg; up to 2 in a group); patients unknown. groups.csv, --groups or --group-by overrides this.",
    )
  })
  it("says when there are none", async () => {
    const { groups, grouping } = await findGroups(await tempFolder(), ["f/1.jpg", "f/2.jpg"])
    expect(groups).toEqual(["f/1.jpg", "f/2.jpg"])
    expect(grouping).toBe(
      "2 images, groups unknown: each image counts as a patient (no groups.csv, and no patients or copies in the names).",
    )
  })
})

describe("findGroups: groups.csv", () => {
  const files = ["f/1.png", "f/ü, x.png", "n/2.png"]
  const read = async (csv: string, names = files) => findGroups(await tempFolder({ "groups.csv": csv }), names)

  it.each([
    ["plain", 'file,group\nf/1.png,p1\n"f/ü, x.png",p1\nn/2.png,p2\n'],
    [
      "with BOM, CRLF and further columns",
      '\ufefflabel,group,file\r\n1,p1,f/1.png\r\n1,p1,"f/ü, x.png"\r\n0,p2,n/2.png\r\n',
    ],
    ["with semicolons", "File; Group\nf/1.png; p1\nf/ü, x.png;p1\n\nn/2.png;p2"],
    ["with backslashes, ./ and a decomposed accent", 'file,group\nf\\1.png,p1\n"./f/u\u0308, x.png",p1\nn/2.png,p2\n'],
    ["with columns without a name", 'file,group,,\nf/1.png,p1,,\n"f/ü, x.png",p1,,\nn/2.png,p2,,\n'],
    ["with other names of its columns", 'File Name,Patient ID\nf/1.png,p1\n"f/ü, x.png",p1\nn/2.png,p2\n'],
    ["as a labels table", 'image_id,label,patient\nf/1.png,1,p1\n"f/ü, x.png",1,p1\nn/2.png,0,p2\n'],
    ["with a repeated line", 'file,group\nf/1.png,p1\nf/1.png,p1\n"f/ü, x.png",p1\nn/2.png,p2\n'],
  ])("%s", async (_, csv) => expect((await read(csv)).groups).toEqual(["p1", "p1", "p2"]))

  it("takes quotes and line ends within a field", async () => {
    const { groups } = await read('file,group\nf/1.png,"a ""b""\nc"\n', ["f/1.png"])
    expect(groups).toEqual(['a "b"\nc'])
  })
  it("counts lines that name no image", async () => {
    const { grouping } = await read("file,group\nf/1.png,p1\nf/gone.png,p1\nf/gone2.png,p2\n", ["f/1.png"])
    expect(grouping).toMatch(/^1 image in 1 group, from .*groups.csv; 2 lines of it name no image that is used\.$/)
  })
  it("takes another file by name, before the one in the folder", async () => {
    const dir = await tempFolder({ "groups.csv": "file,group\na/1.png,x\n", "mine.csv": "file,group\na/1.png,y\n" })
    expect((await findGroups(dir, ["a/1.png"], { groupsFile: `${dir}/mine.csv` })).groups).toEqual(["y"])
  })

  it.each([
    [
      "an image without a line",
      "file,group\nf/1.png,p1\n",
      /groups\.csv: no line for 2 of 3 images: f\/ü, x\.png, n\/2\.png\./,
    ],
    [
      "a missing column",
      "name,group\nf/1.png,p1\n",
      /expected a header line with one column "file", found the columns name, group/,
    ],
    [
      "a title above the header",
      "My groups\nfile,group\nf/1.png,p1\n",
      /found the columns My groups\. Line 2 looks like the header: remove the lines above it\.$/,
    ],
    ["a workbook", "PK\u0003\u0004", /groups\.csv: is a workbook; expected groups as CSV.*Save As/],
    ["a doubled column", "file,group,Group\nf/1.png,p1,p1\n", /one column "group"/],
    ["nothing in it", "", /no rows; expected groups as CSV with the columns file and group: a header line/],
    ["no line below the header", "file,group\n", /no rows; expected groups as CSV with the columns file and group/],
    ["an empty group", "file,group\nf/1.png,\n", /groups\.csv, line 2: the group is empty/],
    ["a short line", "file,group\nf/1.png\n", /groups\.csv: .*line 2/],
    [
      "a file in two groups",
      "file,group\nf/1.png,a\nf/1.png,b\n",
      /line 3: f\/1\.png is in group "b" here and in "a" above/,
    ],
    ["an open quote", 'file,group\n"f/1.png,p1\n', /groups\.csv: .*[Qq]uote/],
  ])("refuses %s", async (_, csv, message) => expect(read(csv)).rejects.toThrow(message))

  it("refuses a file that is not there", async () => {
    await expect(findGroups(await tempFolder(), files, { groupsFile: "none.csv" })).rejects.toThrow(
      /none\.csv: no such file/,
    )
  })
})

describe("findGroups: --group-by", () => {
  const by = async (groupBy: string, files: string[]) =>
    findGroups(await tempFolder({ "groups.csv": "broken" }), files, { groupBy })

  it("takes the first group that matched, or the whole match, before groups.csv", async () => {
    expect((await by("p(\\d+)", ["f/p12-a.png", "f/p12-b.png", "n/p3.png"])).groups).toEqual(["12", "12", "3"])
    expect((await by("p\\d+", ["f/p12-a.png"])).groups).toEqual(["p12"])
    expect((await by("p(\\d+)|q(\\d+)", ["f/q7.png"])).groups).toEqual(["7"])
  })
  it("says so", async () => {
    expect((await by("p(\\d+)", ["f/p12-a.png"])).grouping).toBe(
      "1 image in 1 group, by the expression p(\\d+) on the path.",
    )
  })
  it("refuses an invalid expression", () =>
    expect(by("p(", ["f/1.png"])).rejects.toThrow(/--group-by p\(: Invalid regular expression/))
  it.each(["p\\d+", "(p\\d+)-", "^f/(p\\d+)|^g/(p\\d+)"])(
    "refuses to leave a file out, and its advice works: %s",
    async (source) => {
      const files = ["f/p1-a.png", "f/p1-b.png", "f/x.png"]
      const error: Error = await by(source, files).catch((e) => e)
      expect(error.message).toMatch(/finds nothing in 1 of 3 paths: f\/x\.png\. /)
      const advice = /; "(.*)" would make/.exec(error.message)![1]
      expect((await by(advice, files)).groups).toEqual(["p1", "p1", "f/x.png"])
    },
  )
  it("refuses --groups beside it", async () => {
    await expect(findGroups(".", ["a"], { groupBy: "a", groupsFile: "b" })).rejects.toThrow(/--groups and --group-by/)
  })
})

describe("joinIdentical", () => {
  it("leaves groups alone where contents differ or are together already", () => {
    const grouping = { groups: ["a", "b", "b"], grouping: "As is." }
    expect(joinIdentical(grouping, ["1", "2", "2"])).toEqual(grouping)
  })
  it("joins groups over chains of equal files", () => {
    const { groups, grouping } = joinIdentical({ groups: ["a", "b", "b", "c", "d", "c"], grouping: "As is." }, [
      "1",
      "1",
      "2",
      "2",
      "3",
      "4",
    ])
    expect(new Set(groups.slice(0, 4)).size).toBe(1)
    expect(groups[5]).toBe(groups[0])
    expect(groups[4]).toBe("d")
    expect(grouping).toBe("As is. Files with the same content joined 2 pairs of groups.")
  })
})
