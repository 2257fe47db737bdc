/** One device for a test file: `const gpu = await openForTests()` at the top level; it is closed after the last test. */
import { afterAll } from "vitest"
import { openGpu, type TensorGpu } from "../src/tensor/tensor_gpu.ts"

export async function openForTests(): Promise<TensorGpu> {
  const gpu = await openGpu()
  afterAll(() => gpu.close())
  return gpu
}
