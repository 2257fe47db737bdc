import { describe, expect, it } from "vitest"
import { Ambiguous } from "../../src/data/ambiguous.ts"
import { isSplit, partOf, signOf } from "../../src/data/class_names.ts"
import { classTree, treeText } from "../../src/data/class_tree.ts"
import { findClasses } from "../../src/data/classes.ts"

const of = (files: string[], positive?: string) => findClasses("set", files, { positive })
const two = (a: string, b: string) => of([`${a}/1.png`, `${b}/2.png`]).classes

describe("signOf: the usual spellings", () => {
  it.each([
    "fractured",
    "Fractured",
    "fracture",
    "FRACTURE",
    "Fractures",
    "fractured_bone",
    "positive",
    "study1_positive",
    "study12_positive",
    "abnormal",
    "broken",
    "Broken Bones",
    "bone fracture",
    "1_fractured",
    "with fracture",
  ])("%s is positive", (name) => expect(signOf(name)).toBe(1))

  it.each([
    "not_fractured",
    "not fractured",
    "Not-Fractured",
    "non-fractured",
    "Non_fractured",
    "nonfractured",
    "no fracture",
    "unfractured",
    "normal",
    "Normal",
    "negative",
    "study1_negative",
    "intact",
    "healthy",
    "Healthy bones",
    "0_not_fractured",
    "unbroken",
    "without fracture",
  ])("%s is negative", (name) => expect(signOf(name)).toBe(0))

  it.each(["hairline", "0", "1", "a", "abnormality_types", "Avulsion fracture", "notes", "post-fracture"])(
    "%s says nothing",
    (name) => expect(signOf(name)).toBeUndefined(),
  )
})

describe("findClasses", () => {
  it("puts the positive class at index 1, whichever sorts first", () => {
    expect(two("fractured", "not_fractured")).toEqual(["not_fractured", "fractured"])
    expect(two("Normal", "Abnormal")).toEqual(["Normal", "Abnormal"])
    expect(two("fractured", "controls")).toEqual(["controls", "fractured"])
    expect(two("healthy", "hairline")).toEqual(["healthy", "hairline"])
  })

  it("labels each file by its folder, however deep", () => {
    const { files, labels } = of(["fractured/a/b/1.png", "not_fractured/2.png", "not_fractured/3.png"])
    expect(files).toEqual(["fractured/a/b/1.png", "not_fractured/2.png", "not_fractured/3.png"])
    expect([...labels]).toEqual([1, 0, 0])
  })

  it("pools train, val and test in any case, and spellings that differ in case only", () => {
    const files = [
      "Train/Fractured/1.png",
      "train/not fractured/2.png",
      "VALIDATION/fractured/3.png",
      "testing/Not_Fractured/4.png",
    ]
    const { classes, labels } = of(files)
    expect([...labels]).toEqual([1, 0, 1, 0])
    expect(classes).toEqual(["Not_Fractured", "Fractured"])
  })

  it("reads MURA's studies", () => {
    const files = [
      "train/XR_WRIST/patient00001/study1_positive/image1.png",
      "valid/XR_HAND/patient00002/study2_negative/image1.png",
    ]
    expect(of(files)).toMatchObject({ classes: ["negative", "positive"], labels: Uint8Array.of(1, 0) })
  })

  it("looks below folders of body regions", () => {
    const { classes, labels } = of([
      "Elbow/fractured/1.png",
      "Elbow/normal/2.png",
      "Hand/fractured/1.png",
      "Hand/normal/2.png",
    ])
    expect(classes).toEqual(["normal", "fractured"])
    expect([...labels]).toEqual([1, 0, 1, 0])
  })

  it("takes --positive by name, in any spelling", () => {
    expect(of(["a/1.png", "b/2.png"], "a").classes).toEqual(["b", "a"])
    expect(of(["a/1.png", "b/2.png"], "B").classes).toEqual(["a", "b"])
    expect(of(["fractured/1.png", "normal/2.png"], "normal").classes).toEqual(["fractured", "normal"])
  })

  it("takes more folders as types, the normal one first", () => {
    const { classes, labels } = of(["avulsion/1.png", "normal/2.png", "spiral/3.png", "Hairline/4.png"])
    expect(classes).toEqual(["normal", "Hairline", "avulsion", "spiral"])
    expect([...labels]).toEqual([2, 0, 3, 1])
    expect(of(["b/1.png", "a/1.png", "c/1.png"]).classes).toEqual(["a", "b", "c"])
  })

  it("skips files in no class folder", () => {
    const { files, skipped } = of(["fractured/1.png", "normal/2.png", "sheet.png", "train/loose.png"])
    expect(files).toHaveLength(2)
    expect(skipped).toEqual([
      { file: "sheet.png", reason: "lies in no class folder" },
      { file: "train/loose.png", reason: "lies in no class folder" },
    ])
  })
})

describe("findClasses: errors say what was found and what to do", () => {
  it("no class folder", () =>
    expect(() => of(["1.png", "2.png"])).toThrow(/set: no class folder.*2 images in no folder.*set.fractured/))
  it.each<[string, string[], string]>([
    ["two", images(5, "train", "test"), '10 images lie in "train" and "test", which are parts of a split and no classes.'],
    ["one", ["train/1.png"], '1 image lies in "train", which is a part of a split and no class.'],
    ["one, and images beside it", ["1.png", "train/2.png"], '2 images lie in no folder and "train", which is a part of a split and no class.'],
    ["five", [1, 2, 3, 4, 5].map((n) => `fold${n}/1.png`), '5 images lie in "fold1", "fold2", "fold3" and others, which are parts'],
  ])("images directly in parts of a split: %s", (_, files, text) => {
    expect(() => of(files)).toThrow(`set: no class folder with images: ${text}`)
    expect(() => of(files)).toThrow(/Move the images of each part into a folder per class within it\. Expected one folder per class/)
  }) // biome-ignore format: a table
  it("one class folder", () =>
    expect(() => of(["fractured/1.png"])).toThrow(/only one class folder, "fractured" with 1 image\./))
  it("one folder around the set", () =>
    expect(() => of(["images/oblique/1.png", "images/spiral/2.png"])).toThrow(
      /Did you mean set.images, which holds oblique, spiral/,
    ))
  it("two names that say nothing", () => expect(() => two("a", "b")).toThrow(/"a", "b".*--positive b or --positive a$/))
  it("two names that say the same", () => expect(() => two("fractured", "broken")).toThrow(/--positive/))
  it("two names for one meaning among three", () =>
    expect(() => of(["fractured/1.png", "fracture/2.png", "normal/3.png"])).toThrow(
      /"fracture" and "fractured" both read as fractured/,
    ))
  it("an unknown --positive", () => expect(() => of(["a/1.png", "b/2.png"], "c")).toThrow(/no class "c".*"a", "b"/))
  it("--positive among three", () =>
    expect(() => of(["a/1.png", "b/2.png", "c/3.png"], "a")).toThrow(/there are 3: "a", "b", "c"/))
})

/** `n` images in each of the folders. */
const images = (n: number, ...folders: string[]) =>
  folders.flatMap((folder) => Array.from({ length: n }, (_, i) => `${folder}/${i}.png`))
const counts = ({ classes, labels }: ReturnType<typeof of>) =>
  Object.fromEntries(classes.map((name, k) => [name, labels.filter((label) => label === k).length]))

describe("a stray image does not change the classes", () => {
  const mura = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((p) =>
    images(2, `XR_${"AB"[p % 2]}/patient0${p}/study1_${p < 4 ? "positive" : "negative"}`),
  )
  it.each([
    ["in a patient's folder", mura, ["XR_A/patient00/overview.png"]],
    ["in a body region's folder", mura, ["XR_A/overview.png"]],
    ["in a folder of its own", mura, ["docs/figures/1.png"]],
    ["beside regions with usual names", images(6, "Hand/fractured", "Hand/normal", "Foot/normal"), ["Foot/scan.png"]],
    ["in a part of a split", images(6, "a/train/fractured", "a/train/normal"), ["a/train/sheet.png"]],
  ])("%s: it is skipped and named", (_, files, stray) => {
    const found = of([...files, ...stray])
    expect([found.files, counts(found)]).toEqual([files, counts(of(files))])
    expect(found.skipped.map(({ file }) => file)).toEqual(stray)
    expect(found.skipped[0].reason).toMatch(/lies in no class folder/)
  })
})

describe("a number in front of a class is cut only if nothing is lost", () => {
  it.each([
    [["2-part", "3-part", "4-part"]],
    [["normal", "2-part", "3-part", "4-part"]],
    [["1 fragment", "2 fragments", "3 fragments"]],
    [["23-A2", "23-B1", "22-A2"]],
    [["0", "1", "2"]],
  ])("%j stay as many classes", (names) => expect(of(images(2, ...names)).classes.sort()).toEqual([...names].sort()))
  it("orders the two of 0_normal and 1_fractured", () =>
    expect(two("1_fractured", "0_normal")).toEqual(["0_normal", "1_fractured"]))
  it("refuses one class that is spelled with a number in one part alone", () =>
    expect(() => of(images(2, "train/0_normal", "train/1_fractured", "test/normal", "test/fractured"))).toThrow(Ambiguous))
}) // biome-ignore format: short

describe("folders of splits and wrappers are looked through", () => {
  it.each(["train_set", "val_set", "Test Data", "training", "x_train", "val2017", "images_train", "fold_3", "fold1", "dev", "eval", "testset", "split-2", "test_images"])("%s", (name) => expect(isSplit(name)).toBe(true)) // biome-ignore format: a list
  it.each(["trains", "validate", "tester", "normal", "images", "evaluated", "valgus", "folded", "part1", "testicle"])("but not %s", (name) => expect(isSplit(name)).toBe(false)) // biome-ignore format: a list
  it("and name their part", () => {
    expect(["train_set", "val2017", "Test Data", "images_train", "fold1"].map((name) => partOf(`a/${name}/1.png`))).toEqual(["train", "val", "test", "train", undefined]) // biome-ignore format: short
  })
  it.each<[string, string[], string[]]>([
    ["Kaggle's", ["train", "val", "test"].flatMap((p) => [`set/set/${p}/fractured`, `set/set/${p}/not fractured`]), ["not fractured", "fractured"]],
    ["train_set and val_set of types", ["train_set/spiral", "train_set/oblique", "val_set/spiral", "val_set/oblique", "val_set/comminuted"], ["comminuted", "oblique", "spiral"]],
    ["FracAtlas", ["images/Fractured", "images/Non_fractured"], ["Non_fractured", "Fractured"]],
    ["folds", ["fold1/a", "fold1/normal", "fold2/a", "fold2/normal"], ["normal", "a"]],
    ["a wrapper whose name says fractured", ["bone fracture/normal", "bone fracture/positive"], ["normal", "positive"]],
    ["splits below classes", ["Avulsion fracture/Train", "Avulsion fracture/Test", "Spiral fracture/Train", "Hairline/Train"], ["Avulsion fracture", "Hairline", "Spiral fracture"]],
  ])("%s", (_, folders, classes) => expect(of(images(3, ...folders)).classes).toEqual(classes)) // biome-ignore format: a table
})

describe("a reading that is ambiguous ends, with the flag to type", () => {
  it.each<[string, string[], RegExp]>([
    ["a third folder beside both classes", images(9, "fractured", "normal", "implant"), /--classes fractured=fractured,normal=normal\n.*--classes fractured=fractured,normal=normal,implant=implant/],
    ["many images outside MURA's studies", images(9, "A/p1/study1_positive", "A/p2/study1_negative", "A/p3"), /--classes 'positive=study\*_positive,negative=study\*_negative'/],
    ["types below regions, one of them normal", images(9, "Hand/normal", "Hand/spiral", "Foot/normal", "Foot/spiral"), /--classes normal=normal,spiral=spiral/],
    ["types below regions", images(9, "Hand/oblique", "Hand/spiral", "Foot/oblique", "Foot/spiral"), /topmost: --classes Hand=Hand,Foot=Foot --positive Foot or --positive Hand\n.*below: --classes oblique=oblique,spiral=spiral --positive/],
    ["patients above types", images(2, "patient1/oblique", "patient2/spiral", "patient3/spiral"), /look like patients.*\n.*--classes oblique=oblique,spiral=spiral/],
    ["contradicting folders", images(2, "fractured/normal", "fractured/a", "normal/b"), /lies in both "fractured" and "normal"/],
    ["two names of one meaning among three", images(2, "fractured", "broken", "normal"), /one class: --classes broken=broken,broken=fractured,normal=normal/],
    ["two names that say nothing", images(2, "a", "b c"), /--positive 'b c' or --positive a$/],
    ["--positive among three", images(2, "a", "b", "c"), /--classes a=a,other=b,other=c --positive a$/],
    ["a folder around the set", images(2, "all/oblique", "all/spiral"), /--classes oblique=oblique,spiral=spiral --positive spiral or --positive oblique$/],
  ])("%s", (_, files, message) => {
    const positive = message.source.includes("other=b") ? "a" : undefined
    const error = (() => { try { return of(files, positive) } catch (thrown) { return thrown } })() as Error
    expect(error).toBeInstanceOf(Ambiguous)
    expect(error.message).toMatch(message)
    // What is to be typed works.
    for (const [, , classes, given] of error.message.matchAll(/--classes ('?)([^'\s]+=[^'\s]+)\1(?: --positive (\w+))?/g))
      if (!classes.includes("DIR"))
        expect(findClasses("set", files, { classes, positive: given }).classes.length).toBeGreaterThan(1)
  }) // biome-ignore format: a table

  it.each<[string, string[], string, RegExp]>([
    ["in a wrapper", images(2, "all/cyst", "all/none"), "cyst", /--classes cyst=cyst,none=none --positive cyst$/],
    ["below regions", images(9, "Hand/cyst", "Hand/none", "Foot/cyst", "Foot/none"), "Cyst", /--classes cyst=cyst,none=none --positive cyst$/],
    ["of usual names", images(9, "a/fractured", "a/normal", "b"), "normal", /alone: --classes fractured=fractured,normal=normal --positive normal\n/],
    ["with a name that is not among the classes", images(9, "Hand/a", "Hand/b", "Foot/a", "Foot/b"), "c", /--positive b or --positive a$/],
  ])("the command keeps the user's --positive: %s", (_, files, positive, message) => {
    expect(() => of(files, positive)).toThrow(message)
  }) // biome-ignore format: a table

  it.each<[string, string[], string]>([
    ["study1-positive", images(9, "A/p1/study1-positive", "A/p2/study2-negative", "A/p3"), "positive=study*-positive,negative=study*-negative"],
    ["two spellings of one", images(9, "A/p1/Study1 Positive", "A/p1/study2_positive", "A/p2/study1_negative", "A/p3"), "positive=Study* Positive,positive=study*_positive,negative=study*_negative"],
  ])("the command finds studies in their own spelling: %s", (_, files, classes) => {
    expect(() => of(files)).toThrow(`--classes '${classes}'`)
    expect(findClasses("set", files, { classes }).files).toEqual(files.filter((file) => file.includes("tive")))
  }) // biome-ignore format: a table

  it("views below classes are no second reading", () =>
    expect(of(images(2, "oblique/ap", "oblique/lat", "spiral/ap", "spiral/lat", "x/ap")).classes).toHaveLength(3))
})

describe("--classes", () => {
  const by = (classes: string, files: string[], positive?: string) => findClasses("set", files, { classes, positive })
  it("takes a path, a name at any depth, and *; other images are skipped", () => {
    const files = ["Hand/A1/1.png", "Foot/A2/2.png", "Foot/B/3.png", "misc/4.png"]
    expect(by("broken=A*,intact=Foot/B", files)).toMatchObject({
      classes: ["intact", "broken"],
      files: files.slice(0, 3),
      labels: Uint8Array.of(1, 1, 0),
      skipped: [{ file: "misc/4.png", reason: "lies in no folder of --classes" }],
    })
  })
  it("gives several folders to a class, and the deeper of two", () => {
    const found = by("a=x,a=y,b=x/z", ["x/1.png", "y/2.png", "x/z/3.png"], "b")
    expect([found.classes, [...found.labels]]).toEqual([["a", "b"], [0, 0, 1]])
  }) // biome-ignore format: short
  it("takes commas, accents and paths into the data folder", () => {
    expect([...by("a=x, y,b=u\u0308", ["x, y/1.png", "ü/2.png"], "b").labels]).toEqual([0, 1])
    expect(by("a=set/x,b=./y", ["x/1.png", "y/2.png"], "a").classes).toEqual(["b", "a"])
  })
  it.each([
    ["a=x", /expected a folder for each of two or more classes/],
    ["a,b", /expected a folder/],
    ["a=,b=y", /expected a folder/],
    ["a=x,b=none", /--classes b=none: no image lies below such a folder in set/],
    ["a=x,b=x,c=y", /puts it into both "a" and "b"/],
    ["a=x,b=y", /--positive b or --positive a/],
  ])("refuses %s", (classes, message) => {
    expect(() => by(classes, ["x/1.png", "y/2.png"])).toThrow(message)
    expect(() => by(classes, ["x/1.png", "y/2.png"])).toThrow(Ambiguous)
  })
})

describe("a class of which nothing can be used is not left out in silence", () => {
  const link = { reason: "a symbolic link that leads outside the data folder" }
  const lost = (files: string[], left: string[]) => () =>
    findClasses("set", files, {}, left.map((file) => ({ file, ...link }))) // biome-ignore format: short
  it.each<[string, string[], string[], RegExp]>([
    ["the other of two", images(2, "fractured"), images(3, "normal"), /only one class folder.*But nothing in "normal" can be used \(3 files in normal, such as normal\/0\.png\): a symbolic link/],
    ["a third of types", images(2, "a", "b"), ["c/1.png"], /nothing in "c" can be used \(c\/1\.png\): a symbolic link/],
    ["both, which are links themselves", [], ["fractured", "normal"], /no class folder with images.*nothing in "fractured" can be used/],
    ["one, which is a link itself", images(2, "a", "b"), ["c"], /nothing in "c" can be used/],
    ["in a split", images(2, "train/a", "train/b"), ["train/c/1.png"], /nothing in "train\/c" can be used/],
  ])("%s", (_, files, left, message) => expect(lost(files, left)).toThrow(message)) // biome-ignore format: a table
  it("but files beside usable ones are no error", () => {
    expect(lost(images(2, "a", "b", "c"), ["a/x.png", "x.png", "notes"].slice(0, 2))).not.toThrow()
    expect(lost(images(2, "fractured", "normal"), ["docs/x.bmp"])).not.toThrow()
  })
})

it("the tree names each class, its images and where they come from", () => {
  const files = [...images(2, "train/XR_A/patient1/study1_positive", "XR_A/patient2/study3_positive"), ...images(3, "XR_B/patient3/study1_negative")] // biome-ignore format: short
  const { classes, labels, dirs } = of(files)
  expect(treeText(classTree(classes, labels, files.map((file) => dirs.get(file)!)))).toEqual([
    "negative: 3 images from XR_B/patient*/study*_negative/",
    "positive: 4 images from train/XR_A/patient*/study*_positive/ (2), XR_A/patient*/study*_positive/ (2)",
  ]) // biome-ignore format: short
})
