/**
 * `cnn tune`: what it tries is right wherever it is taken, what is wrong is never stored, and what
 * it chooses pays.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { BenchGpu } from "../../bench/device.ts"
import { sizesOf } from "../../bench/reference/conv2d_check.ts"
import { choose, type Option, runMs } from "../../bench/tune/choose.ts"
import { check, keyOf, planFor } from "../../bench/tune/passes.ts"
import { allRight, tune } from "../../bench/tune/run.ts"
import { openDevice } from "../../src/gpu/device.ts"
import { readTuned, tunedFile, writeTuned } from "../../src/gpu/tuned.ts"
import { Conv2d, Dense, Flatten, GlobalAvgPool, MaxPool2d, ReLU, Sequential } from "../../src/index.ts"
import { variantsOf } from "../../src/layers/conv2d/choose.ts"
import type { Pass } from "../../src/layers/conv2d/sizes.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import { budgeted } from "../support/budget.ts"
import { cnn } from "../support/cli.ts"
import { narrow } from "../support/narrow.ts"
import { tempFolder } from "../support/temp_folder.ts"

const opened = await openDevice({ exact: true })
afterAll(() => opened.release())
const gpu = new BenchGpu(opened)

async function cache(): Promise<string> {
  const folder = await tempFolder()
  vi.stubEnv("CNN_CACHE", folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

const PASSES = (["forward", "input", "weight"] as const).flatMap((pass) =>
  [false, true].map((pool): { pass: Pass; pool: boolean } => ({ pass, pool })),
)

describe.runIf(gpu.adapter.subgroupSize)("kernels to choose from", () => {
  it.each(PASSES)("agree with float64 on whatever random shape they take: $pass, pooling $pool", async (pass) => {
    const random = new Random(17, Purpose.test)
    const among = <T>(values: readonly T[]) => values[random.integer(values.length)]
    const seen = new Set<string>()
    const adapter = { ...gpu.adapter, kind: "software" } as const
    while (seen.size < 4) {
      const x = [1 + random.integer(3), among([1, 2, 3, 5, 9]), 4 + random.integer(12), 4 + random.integer(12)]
      const sizes = sizesOf(x, 1 + random.integer(20), among([1, 2, 3]), among([1, 2]), random.integer(3))
      const name = among(variantsOf(pass.pass))
      const plan = planFor({ ...pass, sizes }, adapter, name)
      if (!plan || plan.candidate !== name || seen.has(name)) continue
      await gpu.scoped(() => check({ ...pass, sizes }, gpu, plan))
      seen.add(name)
    }
  })
})

describe.runIf(gpu.adapter.kind === "software" && gpu.adapter.subgroupSize)("tuning", () => {
  const network = () =>
    new Sequential(
      new Conv2d(1, 4, { kernel: 3, padding: 1 }),
      new Conv2d(4, 8, { kernel: 3, padding: 1 }),
      new GlobalAvgPool(),
      new Dense(8, 1),
    )
  const job = { size: 8, batch: 2, steps: 1e6, rounds: 5, candidates: 2 }
  const broken = (kernel: string, from: string, to: string) => {
    const shader = (name: string) => {
      const code = opened.shader(name)
      if (name === kernel) expect(code).toContain(from)
      return name === kernel ? code.replaceAll(from, to) : code
    }
    return new BenchGpu({ ...opened, shader })
  }
  const forward = keyOf({ pass: "forward", sizes: sizesOf([2, 4, 8, 8], 8, 3, 1, 1) })

  it("stores nothing that computes something else, and says what it was", async () => {
    await cache()
    writeTuned(gpu.adapter, { [forward]: "tiles 2x2x2", another: "plain" }, new Date())
    const taken = planFor({ pass: "forward", sizes: sizesOf([2, 4, 8, 8], 8, 3, 1, 1) }, gpu.adapter)!
    // Of all tiles only the default's is right.
    const { TI, TJ, TO } = taken.consts
    const isDefault = `TI == ${TI}u && TJ == ${TJ}u && TO == ${TO}u`
    const wrong = broken("conv2d_tile", "value = sum[o * TI", `value = select(2.0, 1.0, ${isDefault}) * sum[o * TI`)
    const result = await tune(wrong, { ...job, network: network() }, () => {})
    const pass = result.passes.find(({ key }) => key === forward)!
    expect(pass.wrong).toHaveLength(2)
    expect(pass.wrong[0].problem).toContain("the float64 reference says")
    expect(pass.options.map(({ name }) => name)).toEqual([taken.candidate])
    expect(allRight(result)).toBe(false)
    const { choices } = readTuned(gpu.adapter)!
    expect(choices).not.toHaveProperty([forward])
    expect(choices.another).toBe("plain")
  })

  it("measures each pass that a step takes, pooled ones too", async () => {
    await cache()
    const pooling = () => [new ReLU(), new MaxPool2d({ kernel: 2 })]
    const convolution = (from: number, to: number) => new Conv2d(from, to, { kernel: 3, padding: 1 })
    const layers = [convolution(1, 4), ...pooling(), convolution(4, 8), ...pooling(), new Flatten(), new Dense(32, 1)]
    const on = new BenchGpu(opened)
    const result = await tune(on, { ...job, rounds: 2, candidates: 1, network: new Sequential(...layers) }, () => {})
    const passes = result.passes.map(({ key }) => key.replace(/,.*/, ""))
    expect(passes.sort()).toEqual([
      "pooled forward: 1 to 4 channels",
      "pooled forward: 4 to 8 channels",
      "pooled input: 4 to 8 channels",
      "pooled weight: 1 to 4 channels",
      "pooled weight: 4 to 8 channels",
    ])
    expect(allRight(result)).toBe(true)
    for (const { options } of result.passes) expect(options).toHaveLength(2)
  })

  it.each<[string, (device: GPUDevice) => GPUDevice]>([
    ["a buffer over a limit", (device) => narrow(device, { maxStorageBufferBindingSize: 2 ** 18 })],
    ["no memory left", (device) => budgeted(device, { bytes: 2 ** 23, made: 0, most: 0 })],
  ])("names the largest batch that fits, and that one does: %s", async (_, limit) => {
    await cache()
    const tuned = async (batch: number) => {
      const small = new BenchGpu({ ...opened, device: limit(opened.device) })
      const one = new Conv2d(1, 8, { kernel: 3, padding: 1 })
      const quick = {
        ...job,
        rounds: 2,
        candidates: 1,
        network: new Sequential(one, new GlobalAvgPool(), new Dense(8, 1)),
      }
      const message = await tune(small, { ...quick, batch }, () => {}).then(
        () => "all measured",
        (error) => error.message,
      )
      return message.replaceAll(/\s+/g, " ")
    }
    const message = await tuned(1024)
    expect(message).toMatch(
      /^--batch 1024 with images of 8 x 8 pixels does not fit on .* The largest batch that fits is /,
    )
    const most = Number(/largest batch that fits is (\d+)/.exec(message)?.[1])
    expect(await tuned(most)).toBe("all measured")
    // Some of the memory is left for other things, of which there are few here.
    expect(await tuned(Math.ceil(1.25 * most))).toMatch(/does not fit/)
  })

  it("takes another kernel where the default computes something else", async () => {
    await cache()
    const wrong = broken("conv2d_tile", "value = sum[o * TI", "value = 2.0 * sum[o * TI")
    // For so few steps the plain kernel is tried, too.
    const result = await tune(wrong, { ...job, rounds: 2, steps: 1, network: network() }, () => {})
    const pass = result.passes.find(({ key }) => key === forward)!
    expect(pass.wrong.map(({ name }) => name)).toContain(pass.default)
    expect(pass.chosen?.name).toBe("plain")
    expect(result.before).toBeUndefined()
    expect(readTuned(gpu.adapter)!.choices[forward]).toBe("plain")
  })
})

describe("the choice", () => {
  const option = (name: string, ms: number, faster = true, pipeline = name): Option => ({ name, pipeline, ms, faster })
  const compile = new Map([
    ["default", 300],
    ["fast", 800],
    ["quick", 20],
  ])
  const names = (chosen: Option[]) => chosen.map(({ name }) => name)
  const options = [option("default", 3, false), option("fast", 2), option("quick", 30, false)]

  it.each([
    [10_000, "fast"],
    [900, "default"], // 900 ms saved and 500 lost, which may be twice as many
    [400, "default"],
    [2, "quick"],
  ])("for %i steps is %s: compiling counts, too", (steps, expected) => {
    expect(names(choose([options], { compile, steps }))).toEqual([expected])
  })

  it("stays with the default where nothing is faster beyond chance", () => {
    const chance = [option("default", 3, false), option("fast", 2, false)]
    expect(names(choose([chance], { compile, steps: 1e6 }))).toEqual(["default"])
  })

  it("shares what it compiles: two passes together pay for a kernel that none would alone", () => {
    const two = [options.slice(0, 2), options.slice(0, 2)]
    const costs = { compile, steps: 501 }
    expect(names(choose([two[0]], costs))).toEqual(["default"])
    const chosen = choose(two, costs)
    expect(names(chosen)).toEqual(["fast", "fast"])
    expect(runMs(chosen, costs)).toBe(2 * 2 * 501 + 800)
  })
})

describe("cnn tune", () => {
  const TINY = ["--size", "16", "--batch", "2"]
  const QUICK = [...TINY, "--rounds", "2", "--candidates", "1"]

  it("measures, stores, shows and removes; train and doctor say which table they used", {
    timeout: 240_000,
  }, async (context) => {
    const folder = await cache()
    const on = { CNN_CACHE: folder, CNN_TUNE: "" }
    const tuned = await cnn(["tune", ...QUICK], on)
    expect(tuned).toMatchObject({ code: 0, stderr: expect.not.stringContaining("cnn:") })
    if (!gpu.adapter.subgroupSize) context.skip("an adapter without subgroups has nothing to tune")
    const [, hash, file] = /Stored as table (\w+) in (.*)/.exec(tuned.stdout)!
    expect(path.dirname(path.dirname(file))).toBe(folder)
    expect(tuned.stdout).toMatch(/^ {2}forward: 8 to 16 channels, 4x4, kernel 3, stride 1, padding 1 .*\d/m)
    expect(tuned.stdout).toMatch(/ms per step, .* s in a run of 13120 steps/)

    expect((await cnn(["tune", "--show"], on)).stdout).toContain(`table ${hash} of `)
    expect((await cnn(["tune", "--show"], { ...on, CNN_TUNE: "off" })).stdout).toContain("so it is not used")
    expect((await cnn(["doctor"], on)).stdout).toContain(`by the table ${hash}`)

    const train = ["train", "--count", "16", "--folds", "2", "--epochs", "1", ...TINY]
    const out = path.join(folder, "run")
    expect(await cnn([...train, "--out", out], on)).toMatchObject({ code: 0 })
    const config = JSON.parse(readFileSync(path.join(out, "config.json"), "utf8"))
    expect(config.adapter).not.toHaveProperty("tuned")
    expect(config.kernels).toEqual(readTuned(gpu.adapter))

    expect((await cnn(["tune", "--reset"], on)).stdout).toContain(`removed ${tunedFile(gpu.adapter)}`)
    expect((await cnn(["tune", "--show"], on)).stdout).toContain("no table is stored")
    expect((await cnn(["tune", "--reset"], on)).stdout).toContain("nothing is stored")
  })

  it("refuses what goes not together, and a network that does not take the images", async () => {
    expect((await cnn(["tune", "--show", "--reset"])).code).toBe(2)
    const small = await cnn(["tune", "--size", "10"])
    expect([small.code, small.stderr]).toEqual([
      2,
      "cnn: --size 10: the network small needs images of 16 pixels or more, got 10\n",
    ])
  })
})
