/**
 * Tables of `cnn tune`: what is stored is read back, and nothing else is; what they name is taken
 * where it fits.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { sizesOf } from "../../bench/reference/conv2d_check.ts"
import { candidatesOf } from "../../bench/tune/candidates.ts"
import { keyOf, planFor, type Work, workOf } from "../../bench/tune/passes.ts"
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import { readTuned, removeTuned, tunedFile, writeTuned } from "../../src/gpu/tuned.ts"
import { variantsOf } from "../../src/layers/conv2d/choose.ts"
import type { Pass } from "../../src/layers/conv2d/sizes.ts"
import { passKey } from "../../src/layers/conv2d/tune_names.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import { openGpu } from "../../src/tensor/tensor_gpu.ts"
import { tempFolder } from "../support/temp_folder.ts"

const adapter: AdapterInfo = {
  kind: "software",
  name: "An adapter",
  vendor: "",
  architecture: "",
  description: "",
  driver: "driver 1.0",
  subgroups: true,
  subgroupSize: 4,
  backend: "vulkan",
}
const DATE = new Date("2026-11-24T12:00:00Z")
const choices = { "forward: something": "tiles 4x4x8" }

/** A cache folder of this test's own. */
async function cache(): Promise<string> {
  const folder = await tempFolder()
  vi.stubEnv("CNN_CACHE", folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

describe("a stored table", () => {
  it("is read back, with a name that follows from its content, and nothing lies beside it", async () => {
    await cache()
    const table = writeTuned(adapter, choices, DATE)
    expect(readTuned(adapter)).toEqual(table)
    expect(table).toMatchObject({ choices, date: DATE.toISOString(), hash: expect.stringMatching(/^[0-9a-f]{12}$/) })
    expect(writeTuned(adapter, { ...choices, more: "plain" }, DATE).hash).not.toBe(table.hash)
    expect(readdirSync(path.dirname(tunedFile(adapter)))).toEqual([path.basename(tunedFile(adapter))])
  })

  it.each([
    ["another driver", { driver: "driver 1.1" }],
    ["another adapter", { name: "Another" }],
    ["another size of subgroups", { subgroupSize: 8 }],
  ])("is not for %s, also not when its file is put there", async (_, other) => {
    await cache()
    writeTuned(adapter, choices, DATE)
    expect(readTuned({ ...adapter, ...other })).toBeUndefined()
    copyFileSync(tunedFile(adapter), tunedFile({ ...adapter, ...other }))
    expect(readTuned({ ...adapter, ...other })).toBeUndefined()
  })

  it.each([
    ["empty", () => ""],
    ["no JSON", () => "{"],
    ["null", () => "null"],
    ["another document", () => '{"choices":{}}'],
    ["cut off", (text: string) => text.slice(0, -20)],
    ["changed by hand", (text: string) => text.replace("4x4x8", "4x4x4")],
    ["of another version", (text: string) => text.replace(/"version": "/, '"version": "9')],
  ])("counts as none where the file is %s", async (_, change) => {
    await cache()
    writeTuned(adapter, choices, DATE)
    const text = readFileSync(tunedFile(adapter), "utf8")
    expect(change(text)).not.toBe(text)
    writeFileSync(tunedFile(adapter), change(text))
    expect(readTuned(adapter)).toBeUndefined()
  })

  it("is gone when it was removed", async () => {
    await cache()
    expect(removeTuned(adapter)).toBe(false)
    writeTuned(adapter, choices, DATE)
    expect(removeTuned(adapter)).toBe(true)
    expect(readTuned(adapter)).toBeUndefined()
  })

  it("says what to do where it cannot be stored", async () => {
    const folder = await cache()
    writeFileSync(path.join(folder, "tuned"), "")
    expect(() => writeTuned(adapter, choices, DATE)).toThrow("set CNN_CACHE")
  })
})

describe("openGpu", () => {
  it("takes the table of its adapter, unless it is told not to", async () => {
    const open = async (untuned?: boolean) => {
      const gpu = await openGpu({ untuned })
      gpu.close()
      return gpu.adapter
    }
    const found = await open()
    await cache()
    const table = writeTuned(found, choices, DATE)
    expect((await open()).tuned).toBeUndefined() // CNN_TUNE=off, as in all tests
    vi.stubEnv("CNN_TUNE", "")
    expect((await open()).tuned).toEqual(table)
    expect((await open(true)).tuned).toBeUndefined()
  })
})

const PASSES = (["forward", "input", "weight"] as const).flatMap((pass) =>
  [false, true].map((pool): { pass: Pass; pool: boolean } => ({ pass, pool })),
)

describe("a table's entry", () => {
  const sizes = sizesOf([2, 8, 12, 12], 16, 3, 1, 1)

  it.each(PASSES)("is taken for $pass, pooling $pool", (pass) => {
    const work: Work = { ...pass, sizes }
    const before = planFor(work, adapter)!.candidate
    const plan = planFor(work, adapter, "tiles 2x2x8")!
    expect(before).not.toBe("tiles 2x2x8")
    expect(plan.consts).toMatchObject({ TI: 2, TJ: 2, TO: 8, LANES: 4 })
  })

  it.each([
    ["is not listed", "tiles 7x7x7"],
    ["is no name at all", "__proto__"],
    ["has more channels than there are", "tiles 2x2x16"],
    ["has a tile larger than the plane", "tiles 4x8x2"],
    ["is for few input channels", "few 2x2x1"],
  ])("leaves the default where it %s", (_, name) => {
    const small = { ...sizesOf([2, 8, 6, 6], 12, 3, 1, 1) }
    const work: Work = { pass: "forward", sizes: small }
    expect(planFor(work, adapter, name)).toEqual(planFor(work, adapter))
  })

  it.each([
    { groups: 12, dilation: 1, taken: "depthwise" },
    { groups: 3, dilation: 1, taken: "plain" },
    { groups: 1, dilation: 2, taken: "plain" },
  ])("leaves the default where kernels know no groups and no dilation: $groups, $dilation", ({ taken, ...more }) => {
    const sizes = sizesOf([2, 12, 12, 12], 12, 3, 1, 1, undefined, more)
    for (const name of ["tiles 2x2x8", "gemm 16x16", taken])
      for (const pass of ["forward", "input", "weight"] as const)
        expect(planFor({ pass, sizes }, adapter, name)!.candidate).toBe(taken)
    expect(workOf(keyOf({ pass: "input", sizes }), 2)).toEqual({ pass: "input", pool: false, sizes })
  })

  it("is for its pass and shape alone, for whatever batch", () => {
    const tuned = { hash: "", date: "", choices: { [passKey("forward", { sizes })]: "tiles 2x2x8" } }
    const tile = (work: Work) => planFor(work, { ...adapter, tuned })!.candidate
    const work: Work = { pass: "forward", sizes }
    expect(keyOf(work)).toBe(keyOf({ ...work, sizes: { ...sizes, n: 5 } }))
    expect(keyOf(work)).not.toBe(keyOf({ ...work, sizes: { ...sizes, padding: 0 } }))
    expect(keyOf(work)).not.toBe(keyOf({ ...work, pass: "input" }))
    expect(tile(work)).toBe(planFor(work, adapter)!.candidate)
  })

  it("may name a block of a product, or a tile, on a GPU", () => {
    const info = { ...adapter, kind: "gpu" as const, subgroupSize: 32 }
    for (const pass of ["forward", "input", "weight"] as const) {
      const variants = ["gemm 16x16", "gemm 64x64", "tiles 2x2x8", "plain"]
      const taken = variants.map((name) => planFor({ pass, sizes }, info, name)!.candidate)
      expect(taken).toEqual(variants)
      const tried = candidatesOf({ pass, sizes }, info, 3, 1000).map(({ name }) => name.split(" ")[0])
      expect(tried).toEqual(["gemm", "gemm", "gemm", "gemm", "tiles", "tiles", "tiles"])
    }
  })

  it("can name whatever is taken by default", () => {
    const random = new Random(3, Purpose.test)
    const among = (...values: number[]) => values[random.integer(values.length)]
    for (let i = 0; i < 500; i++) {
      const x = [1 + random.integer(4), 1 + random.integer(20), 5 + random.integer(40), 5 + random.integer(40)]
      const groups = among(1, 1, x[1])
      const o = groups > 1 ? groups : 1 + random.integer(70)
      const sizes = sizesOf(x, o, among(1, 2, 3, 4, 5), among(1, 2), random.integer(3), undefined, { groups })
      for (const pass of PASSES) {
        const kind = random.integer(2) === 1 ? "gpu" : "software"
        const info: AdapterInfo = { ...adapter, kind, subgroupSize: among(4, 8) }
        const work = { ...pass, sizes }
        const plan = planFor(work, info)
        if (!plan) continue
        expect(variantsOf(work.pass), keyOf(work)).toContain(plan.candidate)
        expect(planFor(work, info, plan.candidate)).toEqual({
          ...plan,
          why: `the table of cnn tune names ${plan.candidate}`,
        })
      }
    }
  })
})
