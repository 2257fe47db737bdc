import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"
import type { DeviceOptions, OpenDevice } from "../../src/gpu/adapter.ts"
import { isNullAdapter } from "../../src/gpu/choose.ts"
import { findAdapter, loadDawn } from "../../src/gpu/dawn.ts"
import { openDevice } from "../../src/gpu/device.ts"
import { runScript } from "../support/run_script.ts"

const opened: OpenDevice[] = []
async function open(options?: DeviceOptions): Promise<OpenDevice> {
  const device = await openDevice(options)
  opened.push(device)
  return device
}
afterEach(() => {
  vi.unstubAllEnvs()
  for (const { release } of opened.splice(0)) release()
})

describe("openDevice", () => {
  it("asks for all that the adapter can do", async () => {
    const { device, adapter, info } = await open()
    for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize", "maxComputeWorkgroupStorageSize"] as const) {
      expect(device.limits[limit]).toBe(adapter.limits[limit])
    }
    for (const feature of ["subgroups", "timestamp-query"] as const) {
      expect(device.features.has(feature)).toBe(adapter.features.has(feature))
    }
    expect(info.subgroups).toBe(adapter.features.has("subgroups"))
    expect(info.name).not.toBe("")
  })

  it("chooses by the option, else by CNN_ADAPTER", async () => {
    const { info } = await open()
    vi.stubEnv("CNN_ADAPTER", info.kind)
    expect((await open()).info).toEqual(info)
    vi.stubEnv("CNN_ADAPTER", "no-such-adapter")
    expect((await open({ adapter: info.name.slice(1, 6).toUpperCase() })).info).toEqual(info)
  })

  it("says what was asked, what there is and what to do where none fits", async () => {
    const { info } = await open()
    vi.stubEnv("CNN_ADAPTER", "voodoo2")
    const { message } = await open().catch((error) => error)
    expect(message).toContain('No WebGPU adapter fits "voodoo2"')
    expect(message).toContain(`found: ${info.name} (${info.kind}, ${info.backend})`)
    expect(message).toMatch(/To get one:\n {2}\S.*\n[\s\S]*cnn doctor/)
  })

  it("never opens Dawn's null backend, although Dawn offers it", async () => {
    const dawn = await loadDawn()
    const instance = dawn.create(["backend=null"])
    const adapter = await instance.requestAdapter()
    expect(adapter).not.toBeNull()
    expect(isNullAdapter(adapter!.info)).toBe(true)
    expect(await findAdapter(dawn, { backend: "null", name: "" })).toBeUndefined()
    for (const wanted of ["null", "null-backend"]) {
      await expect(open({ adapter: wanted })).rejects.toThrow(`No WebGPU adapter fits "${wanted}"`)
    }
  })

  it("keeps Dawn's validation where it is to be exact, and leaves it out on software adapters otherwise", async () => {
    const invalid = async ({ device }: OpenDevice) => {
      device.pushErrorScope("validation")
      device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE }).destroy()
      return (await device.popErrorScope())?.message
    }
    expect(await invalid(await open({ exact: true }))).toMatch(/MapRead/i)
    vi.stubEnv("CNN_EXACT", "")
    vi.stubEnv("CNN_DEBUG", "")
    onTestFinished(() => void vi.unstubAllEnvs())
    const plain = await open()
    if (plain.info.kind === "software") expect(await invalid(plain)).toBeUndefined()
  })

  it("measures time at full resolution for a profile, and in steps otherwise", async ({ skip }) => {
    const plain = await open()
    skip(!plain.device.features.has("timestamp-query"), "the adapter has no timestamps")
    const STEP = 65_536n
    expect((await timestamps(plain)).every((time) => time % STEP === 0n)).toBe(true)
    expect((await timestamps(await open({ profile: true }))).every((time) => time % STEP === 0n)).toBe(false)
  })

  it("can be released twice, and a device opened after that", async () => {
    const first = await open()
    first.release()
    first.release()
    expect((await first.device.lost).reason).toBe("destroyed")
    expect((await open()).info).toEqual(first.info)
  })
})

describe("the shaders of an open device", () => {
  it("are the files as they are now", async () => {
    const { shader, shaderNames } = await open()
    const folder = new URL("../../src/shaders/", import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".wgsl"))
    expect(shaderNames().map((name) => `${name}.wgsl`)).toEqual(files.map((file) => path.basename(file)).sort())
    expect(shader("relu")).toBe(readFileSync(new URL("elementwise/relu.wgsl", folder), "utf8"))
  })

  it("are listed where one is missing", async () => {
    const { shader } = await open()
    expect(() => shader("rleu")).toThrow(/No shader is called "rleu"\. There are: .*\brelu\b/)
  })
})

describe("a process that opened a device", () => {
  it("leaves the processor to the adapter while it waits", async () => {
    // On a software adapter other threads of the process do the work: what counts is this thread's
    // share.
    const { stdout } = await runScript(`
      import { readFileSync } from "node:fs"
      const ticks = () => {
        const fields = readFileSync("/proc/self/task/" + process.pid + "/stat", "utf8").split(") ")[1].split(" ")
        return Number(fields[11]) + Number(fields[12])
      }
      const gpu = await openGpu()
      const x = gpu.persistent([320, 320])
      const { matmul } = await import(${JSON.stringify(new URL("../../dist/src/layers/matmul/matmul.js", import.meta.url).href)})
      await gpu.compile(() => void matmul(x, x))
      const before = { ticks: ticks(), process: process.cpuUsage() }
      for (const end = performance.now() + 1500; performance.now() < end; ) {
        matmul(x, x)
        gpu.endStep()
        await gpu.done()
      }
      const { user, system } = process.cpuUsage(before.process)
      console.log(((ticks() - before.ticks) * 10_000) / (user + system), gpu.adapter.kind)
      gpu.close()`)
    const [share, kind] = stdout.split(" ")
    if (kind.startsWith("software")) expect(Number(share)).toBeLessThan(0.25)
  })

  it.each([
    ["released it", "gpu.close()"],
    ["forgot to release it", ""],
  ])("burns no processor time while idle and ends by itself with exit code 0, having %s", async (_, end) => {
    const { stdout, stderr } = await runScript(`
      const gpu = await openGpu()
      await gpu.ones([1000]).read()
      const before = process.cpuUsage()
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const { user, system } = process.cpuUsage(before)
      console.log(user + system)
      ${end}`)
    expect(Number(stdout)).toBeLessThan(100_000)
    expect(stderr).toBe("")
  })

  it("survives many devices, each released while it still computes, and collected", async () => {
    const { stdout } = await runScript(
      `async function open(i) {
        const gpu = await openGpu()
        gpu.ones([100_000]).read().catch(() => {})
        if (i % 2) gpu.device.createShaderModule({ code: "" }).getCompilationInfo()
        gpu.close()
      }
      for (let i = 0; i < 20; i++) {
        await open(i)
        for (let turn = 0; turn < 5; turn++) {
          gc()
          await new Promise(setImmediate)
        }
      }
      console.log("alive")`,
      ["--expose-gc"],
    )
    expect(stdout).toBe("alive\n")
  })

  it("has its drivers' variables as they were", async () => {
    const { stdout } = await runScript(`
      const gpu = await openGpu()
      console.log(process.env.VK_DRIVER_FILES, process.env.VK_ICD_FILENAMES)
      gpu.close()`)
    expect(stdout).toBe(`${process.env.VK_DRIVER_FILES} ${process.env.VK_ICD_FILENAMES}\n`)
  })
})

/** The times, in nanoseconds, around four empty compute passes. */
async function timestamps({ device }: OpenDevice): Promise<bigint[]> {
  const count = 8
  const querySet = device.createQuerySet({ type: "timestamp", count })
  const times = device.createBuffer({ size: count * 8, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
  const host = device.createBuffer({ size: count * 8, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder()
  for (let i = 0; i < count; i += 2) {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: i, endOfPassWriteIndex: i + 1 }
    encoder.beginComputePass({ timestampWrites }).end()
  }
  encoder.resolveQuerySet(querySet, 0, count, times, 0)
  encoder.copyBufferToBuffer(times, 0, host, 0, count * 8)
  device.queue.submit([encoder.finish()])
  await host.mapAsync(GPUMapMode.READ)
  return [...new BigUint64Array(host.getMappedRange().slice(0))]
}
