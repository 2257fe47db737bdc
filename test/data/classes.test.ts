import { describe, expect, it } from "vitest"
import { signOf } from "../../src/data/class_names.ts"
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
    expect(() => of(["1.png", "train/2.png"])).toThrow(/set: no class folder.*2 images in no folder.*set.fractured/))
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
