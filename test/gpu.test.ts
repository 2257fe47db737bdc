import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "../src/gpu/device.ts"
import { TensorGpu } from "../src/tensor/tensor_gpu.ts"

const open = await openDevice()
afterAll(() => open.release())

describe("gpu.run", () => {
  const gpu = new TensorGpu(open)
  const x = () => gpu.tensor([3], [1, 2, 3])

  it("refuses wrong names and prints both lists", () => {
    const declares = "relu: the shader declares tensors x, y and params n; it was given tensors "
    expect(() => gpu.run("relu", { x: x(), out: x() }, { n: 3 }, [3])).toThrow(`${declares}x, out and params n`)
    expect(() => gpu.run("relu", { x: x(), y: x() }, { size: 3 }, [3])).toThrow(`${declares}x, y and params size`)
    expect(() => gpu.run("relu", { x: x(), y: x(), z: x() }, { n: 3 }, [3])).toThrow(`${declares}x, y, z and params n`)
    expect(() => gpu.run("relu", { x: x(), y: x() }, {}, [3])).toThrow(`${declares}x, y and params none`)
  })

  it("refuses a shader or a const that there is not, and says which there are", () => {
    expect(() => gpu.run("gelu", {}, {}, [1])).toThrow(/No shader is called "gelu". There are: .*relu/)
    expect(() => gpu.run("relu", { x: x(), y: x() }, { n: 3 }, [3], { TILE: 8 })).toThrow(
      "relu.wgsl: no const TILE; it declares SIZE",
    )
  })

  it("refuses a buffer over the adapter's limit before anything is made", () => {
    const { buffers } = gpu.arena
    expect(() => gpu.empty([2 ** 20, 2 ** 20])).toThrow(/a buffer of 4398046511104 bytes is over this adapter's limit/)
    expect(gpu.arena.buffers).toBe(buffers)
  })
})
