/**
 * One device for a test file: `const gpu = await openForTests()` at the top level. After the last test the guards around all of
 * its buffers are looked at, and it is closed.
 */
import { afterAll } from "vitest"
import { openGpu, type TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { guardAll } from "./guard_all.ts"

export async function openForTests(): Promise<TensorGpu> {
  const gpu = await openGpu()
  const checkGuards = guardAll(gpu)
  afterAll(async () => {
    await checkGuards()
    gpu.close()
  })
  return gpu
}
