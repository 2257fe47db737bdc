/** The choice among candidates, and dispatches cut into pieces. */
import { describe, expect, it } from "vitest"
import { type Adapter, type Candidate, choose, namesOf, piecesOf, stretches } from "../../src/gpu/plan.ts"

const planned = (kernel: string) => ({ kernel, params: {}, threads: [1], consts: {} })

/** Work is a number: tiles take even ones, of which they are good at those over 10. */
const CANDIDATES: Candidate<number>[] = [
  {
    name: "tiles",
    when: "over 10",
    applies: (_, work) => work > 10,
    variants: ["2x2", "4x4"],
    plan: (_, work, variant = "4x4") => (work % 2 === 0 ? { ...planned(`tiles ${variant}`), variant } : undefined),
  },
  { name: "blocks", when: "a GPU", applies: ({ kind }) => kind === "gpu", plan: () => planned("blocks") },
  { name: "plain", when: "fits all", applies: () => true, plan: () => planned("plain") },
]
const software: Adapter = { kind: "software", subgroupSize: 4 }

describe("a choice", () => {
  const chosen = (work: number, named?: string, adapter = software) => choose(CANDIDATES, adapter, work, named)!

  it("is the first candidate that applies and fits, and says why", () => {
    expect(chosen(12)).toEqual({ ...planned("tiles 4x4"), variant: "4x4", candidate: "tiles 4x4", why: "over 10" })
    expect(chosen(13)).toEqual({ ...planned("plain"), candidate: "plain", why: "fits all" })
    expect(chosen(12, undefined, { ...software, kind: "gpu" }).kernel).toBe("tiles 4x4")
    expect(chosen(13, undefined, { ...software, kind: "gpu" })).toEqual({
      ...planned("blocks"),
      candidate: "blocks",
      why: "a GPU",
    })
  })

  it("is what a table names, where that fits, also where it would not apply", () => {
    expect(chosen(12, "tiles 2x2")).toMatchObject({
      ...planned("tiles 2x2"),
      candidate: "tiles 2x2",
      why: "the table of cnn tune names tiles 2x2",
    })
    expect(chosen(2, "tiles 2x2").kernel).toBe("tiles 2x2")
    expect(chosen(12, "plain").kernel).toBe("plain")
    for (const name of ["tiles", "tiles 3x3", "plain 2x2", "__proto__", ""]) {
      expect(chosen(12, name), name).toEqual(chosen(12))
    }
    expect(chosen(13, "tiles 2x2")).toEqual(chosen(13))
  })

  it("is the plain kernel with CNN_KERNELS=plain, whatever a table names", () => {
    const adapter = { ...software, kernels: "plain" } as const
    expect(chosen(12, "tiles 2x2", adapter)).toEqual({
      ...planned("plain"),
      candidate: "plain",
      why: "CNN_KERNELS=plain",
    })
  })

  it("passes over kernels that are to be left out", () => {
    const adapter = { ...software, kind: "gpu", without: new Set(["tiles 4x4"]) } as const
    expect(chosen(12, undefined, adapter).kernel).toBe("blocks")
  })

  it("has names for all that a table may name", () => {
    expect(namesOf(CANDIDATES as Candidate<never>[])).toEqual(["tiles 2x2", "tiles 4x4", "blocks", "plain"])
  })
})

it("a long dispatch is cut into more pieces by a slow kernel", () => {
  expect(piecesOf(software, planned("tiles"), 240e6)).toBe(2)
  expect(piecesOf(software, { ...planned("few"), speed: "few" }, 240e6)).toBe(3)
  expect(piecesOf(software, { ...planned("plain"), speed: "plain" }, 240e6)).toBe(20)
  expect(piecesOf({ kind: "gpu" }, planned("tiles"), 240e6)).toBe(1)
})

it("a number of things is cut into stretches that cover it", () => {
  expect(stretches(10, 3)).toEqual([[0, 3], [3, 3], [6, 3], [9, 1]]) // biome-ignore format: a table
  expect(stretches(2, 5)).toEqual([[0, 1], [1, 1]]) // biome-ignore format: a table
  expect(stretches(7, 1)).toEqual([[0, 7]])
})
