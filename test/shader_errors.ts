/**
 * Shared by two test files, with Dawn's validation and without: two live devices in one process, both with failing
 * shaders, crash Dawn in about half of all runs.
 */
import { afterAll, expect, it } from "vitest"
import type { DeviceOptions } from "../src/gpu/adapter.ts"
import { openDevice } from "../src/gpu/device.ts"
import { relu } from "../src/layers/relu.ts"
import { TensorGpu } from "../src/tensor/tensor_gpu.ts"

const BROKEN = [
  { what: "an unknown function", from: "max(x[i], 0.0)", to: "maximum(x[i], 0.0)", message: "unresolved call target" },
  { what: "a wrong type", from: "max(x[i], 0.0)", to: "max(x[i], 0u)", message: "no matching call to 'max(f32, u32)'" },
  { what: "an unknown param", from: "params.n", to: "params.count", message: "struct member count not found" },
]

/** Opens a device and tests on it what a user reads whose shader is broken. */
export async function testShaderErrors(options: DeviceOptions): Promise<void> {
  const device = await openDevice(options)
  afterAll(() => device.release())
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
      const ahead = gpuWith(from, to).compile(() => void use(gpuWith(from, to)))
      await expect(ahead).rejects.toThrow(`relu.wgsl:${line}:`)
    },
  )

  it("a syntax error: kernel and line", () => {
    expect(() => use(gpuWith("max(x[i], 0.0);", "max(x[i], 0.0"))).toThrow(/^relu\.wgsl: .*Line: \d+/)
  })
}
