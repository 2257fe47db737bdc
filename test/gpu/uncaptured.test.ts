/**
 * An error of the device fails the test that caused it, and names the kernel: what CNN_DEBUG=1 is
 * for.
 */
import { describe, expect, it } from "vitest"
import { relu } from "../../src/index.ts"
import { openGpu } from "../../src/tensor/tensor_gpu.ts"

describe("with CNN_DEBUG=1", () => {
  it("tests have their commands checked", () => expect(process.env.CNN_DEBUG).toBe("1"))

  it("a wrong binding is refused under its kernel's name, before the test that made it ends", async () => {
    const gpu = await openGpu()
    try {
      const x = gpu.tensor([4], [1, 2, 3, 4])
      // As if the slice lay beyond the end of its buffer.
      Object.assign(x.slice, { size: 4096, id: 9_999_999 })
      relu(x)
      await expect(gpu.done()).rejects.toThrow(/^relu: .*(range|size|larger|bigger)/is)
    } finally {
      gpu.close()
    }
  })

  it("a write beyond a buffer's end is refused", async () => {
    const gpu = await openGpu()
    try {
      const { slice } = gpu.tensor([4], [1, 2, 3, 4])
      gpu.write({ ...slice, size: 4096 }, new Float32Array(1024))
      await expect(gpu.done()).rejects.toThrow(/^write: /)
    } finally {
      gpu.close()
    }
  })
})
