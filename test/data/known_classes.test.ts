import { describe, expect, it } from "vitest"
import { classMeant, matchKnown } from "../../src/data/known_classes.ts"

describe("the class of a run that a name stands for", () => {
  it.each([
    ["Not-Fractured", ["not_fractured", "fractured"], 0],
    ["abnormal", ["not_fractured", "fractured"], 1],
    ["normal", ["hand_ok", "fractured"], 0],
    ["study1_positive", ["negative", "positive"], 1],
    ["wrist", ["not_fractured", "fractured"], -1],
    ["normal", ["a", "b"], -1],
    ["normal", ["intact", "oblique", "spiral"], 0],
    ["spiral", ["intact", "oblique", "spiral"], 2],
    ["fractured", ["intact", "oblique", "spiral"], -1],
  ])("%s of %j", (name, known, index) => {
    expect(classMeant(name, known)).toBe(index)
  })

  it("is the positive one where the user says so", () => {
    const known = ["not_fractured", "fractured"]
    expect(matchKnown("DIR", ["a", "b"], known, "A")).toEqual(new Map([["a", 1], ["b", 0]])) // biome-ignore format: pairs
    expect(() => matchKnown("DIR", ["a", "b"], known, "c")).toThrow('DIR: found "a", "b"; expected "c" (--positive)')
    expect(() => matchKnown("DIR", ["a", "b"], ["x", "y", "z"], "a")).toThrow("the run has 3: x, y, z")
  })
})
