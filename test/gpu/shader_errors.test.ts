/** What a user reads whose shader is broken, with Dawn's validation and without. */
import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import type { DeviceOptions, OpenDevice } from "../../src/gpu/adapter.ts"
import { relu } from "../../src/layers/relu.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { allSaid } from "../support/open.ts"

const BROKEN = [
  { what: "an unknown function", from: "select(x[i]", to: "selected(x[i]", message: "unresolved call target" },
  {
    what: "a wrong type",
    from: "select(x[i], 0.0,",
    to: "select(x[i], 0u,",
    message: "no matching call to 'select(f32, u32, bool)'",
  },
  { what: "an unknown param", from: "params.n", to: "params.count", message: "struct member count not found" },
]

const VALIDATION: { with: string; options: DeviceOptions }[] = [
  { with: "as kernels are run", options: {} },
  { with: "with Dawn's validation", options: { exact: true } },
]
const devices: OpenDevice[] = []
for (const { options } of VALIDATION) devices.push(await openDevice(options))
afterAll(() => {
  for (const device of devices) device.release()
})

describe.each(VALIDATION.map(({ with: name }, i) => ({ name, device: devices[i] })))("$name", ({ device }) => {
  const gpuWith = (from: string, to: string) =>
    new TensorGpu({ ...device, shader: (name) => device.shader(name).replace(from, to) })
  const use = (gpu: TensorGpu) => relu(gpu.tensor([3], [1, 2, 3]))

  it.each(BROKEN)(
    "$what: kernel, line and column, at the first run and ahead of time",
    async ({ from, to, message }) => {
      const lines = device.shader("relu").split("\n")
      const line = lines.findIndex((text) => text.includes(from)) + 1
      const column = lines[line - 1].indexOf(from) + 1
      const first = gpuWith(from, to)
      const failure = await (async () => use(first).read())().catch((error: Error) => error.message)
      expect(failure).toMatch(new RegExp(`^relu\\.wgsl:${line}:\\d+: error: `))
      expect(failure).toContain(message)
      expect(Number(/:(\d+): error/.exec(`${failure}`)?.[1])).toBeGreaterThanOrEqual(column)
      await allSaid(device)
      const ahead = gpuWith(from, to)
      await expect(ahead.compile(() => void use(ahead))).rejects.toThrow(`relu.wgsl:${line}:`)
      await allSaid(device)
    },
  )

  it("a syntax error: kernel and line, at the first run and ahead of time", async () => {
    const broken = () => gpuWith("MINUS_INFINITY);", "MINUS_INFINITY;")
    expect(() => use(broken())).toThrow(/^relu\.wgsl: .*Line: \d+/)
    const ahead = broken()
    await expect(ahead.compile(() => void use(ahead))).rejects.toThrow(/^relu\.wgsl: .*Line: \d+/)
  })
})
