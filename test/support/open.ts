/**
 * Devices for a test file: `const gpu = await openForTests()` at the top level. After the last test
 * the guards around all of its buffers are looked at, and it is closed.
 */
import { afterAll, afterEach } from "vitest"
import { openDevice } from "#device"
import { differences, type Noted } from "../../bench/reference/differences.ts"
import type { OpenDevice } from "../../src/gpu/adapter.ts"
import { openGpu, TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { guardAll } from "./guard_all.ts"

export const openForTests = async (): Promise<TensorGpu> => guardedUntilClosed(await openGpu())

/** The same adapter, but ops take it for a GPU and choose their kernels accordingly. */
export async function openAsGpu(): Promise<TensorGpu> {
  const open = await openDevice()
  return guardedUntilClosed(new TensorGpu({ ...open, info: { ...open.info, kind: "gpu" } }))
}

function guardedUntilClosed(gpu: TensorGpu): TensorGpu {
  const checkGuards = guardAll(gpu)
  const adapter = [gpu.adapter.name, gpu.adapter.driver].filter(Boolean).join(", ")
  afterEach(async ({ task }) => {
    Object.assign(task.file.meta, { adapter, differences: differences() } satisfies Noted)
    // What the device objects to it says late: here it still fails the test that caused it.
    await gpu.done()
  })
  afterAll(async () => {
    await checkGuards()
    gpu.close()
  })
  return gpu
}

/**
 * Waits until a device has said all that it objects to: a browser does so in a later turn, perhaps
 * of the next test.
 */
export async function allSaid({ device }: Pick<OpenDevice, "device">): Promise<void> {
  await device.queue.onSubmittedWorkDone()
  await new Promise((resolve) => setTimeout(resolve, 0))
}
