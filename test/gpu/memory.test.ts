/**
 * Batches that the adapter's memory does not hold: the error names the largest that it holds, and
 * that is true.
 */
import { expect, it } from "vitest"
import { openDevice } from "../../src/gpu/device.ts"
import { OutOfMemory, totalBytes } from "../../src/gpu/memory.ts"
import { relu } from "../../src/layers/relu.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import type { TrainConfig } from "../../src/train/config.ts"
import { crossValidate } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { type Budget, budgeted } from "../support/budget.ts"
import { phantomDataset } from "../support/drawn.ts"
import { narrow } from "../support/narrow.ts"

const data = phantomDataset({ count: 40, seed: 3, size: 64 })
const config: TrainConfig = { ...defaultConfig, model: "small", folds: 2, epochs: 1, batch: 16 }

/** Trains on a device of its own that is changed by `limit`. @returns what it ends with */
async function trained(batch: number, limit: (device: GPUDevice) => GPUDevice): Promise<string> {
  const open = await openDevice()
  const gpu = new TensorGpu({ ...open, device: limit(open.device) })
  try {
    const results = await crossValidate(gpu, data, { ...config, batch })
    return `${results.length} folds`
  } catch (error) {
    expect(error).toBeInstanceOf(OutOfMemory)
    return (error as Error).message
  } finally {
    gpu.close()
  }
}

const named = (message: string) =>
  Number(/^.*The largest batch that fits is (\d+): --batch \1, or smaller/m.exec(message)?.[1])

it("a buffer over a limit: the named batch trains, the next larger that makes other batches does not", async () => {
  // 8 channels of 32 x 32 an image after the first convolution, in float32: of 20 training images,
  // in two batches.
  const limit = (device: GPUDevice) => narrow(device, { maxStorageBufferBindingSize: 8 * 32_768 + 100 })
  const message = await trained(16, limit)
  expect(message).toMatch(
    /^--batch 16 with images of 64 x 64 pixels does not fit on .*: conv2d: no buffer for a tensor \[\d+,8,32,32\]: [\d,]+ bytes, this adapter allows 262,244 in one \(maxStorageBufferBindingSize\)\.\nIts buffers are [\d,]+ bytes in total\./,
  )
  const most = named(message)
  expect(await trained(most, limit)).toBe("2 folds")
  expect(await trained(most + 1, limit)).toMatch(/does not fit/)
})

it("many buffers that are more than there is: the same, before the first step", async () => {
  const taken = async (batch: number) => {
    const all: Budget = { bytes: Infinity, made: 0, most: 0 }
    expect(await trained(batch, (device) => budgeted(device, all))).toBe("2 folds")
    return all.most
  }
  // Between what two batches take, nearer to the larger: what the smaller one leaves is for copies
  // of the weights to the host.
  const [four, five] = [await taken(4), await taken(5)]
  const bytes = four + 0.75 * (five - four)
  const limit = (device: GPUDevice) => budgeted(device, { bytes, made: 0, most: 0 })
  const message = await trained(16, limit)
  expect(message).toMatch(/^--batch 16 with images of 64 x 64 pixels does not fit on .*: no memory left: told to\.\n/)
  const most = named(message)
  expect(most).toBe(4)
  expect(await trained(most, limit)).toBe("2 folds")
  expect(await trained(most + 1, limit)).toMatch(/does not fit/)
})

it("where not even one image fits, says so", async () => {
  const message = await trained(16, (device) => narrow(device, { maxStorageBufferBindingSize: 110_000 }))
  expect(message).toMatch(/Not even one image at a time fits: use smaller images \(--size\)\.$/)
})

it("what steps need is what their recordings take", async () => {
  const open = await openDevice()
  const gpu = new TensorGpu(open)
  const body = (n: number) => relu(relu(relu(gpu.ones([n, 64]))))
  const need = gpu.needs(() => {
    for (const n of [3, 5, 4]) {
      gpu.keepResult(body(n))
      gpu.endStep()
    }
  })
  // Each tensor is needed by the next alone, and a dispatch reads and writes in two blocks.
  expect(need).toEqual([256 * 5, 256 * 5])
  const before = gpu.arena.bytes
  for (const n of [3, 5, 4]) {
    gpu.record(() => body(n))
    gpu.endStep()
  }
  expect(gpu.arena.bytes - before).toBe(totalBytes(need))
  expect(await gpu.fits(need)).toBe(true)
  expect(gpu.arena.bytes).toBe(before)
  await gpu.compile(() => void body(5))
  expect(gpu.arena.bytes - before).toBe(totalBytes(need))
  gpu.device.destroy()
  await gpu.device.lost
  await expect(gpu.fits(need)).rejects.toThrow("the device was lost")
})

it("a network that is too large by itself is told so", async () => {
  const message = await trained(16, (device) => budgeted(device, { bytes: 150_000, made: 0, most: 0 }))
  expect(message).toMatch(/^the network does not fit on .*: no memory left for its 2\d,\d+ parameters, their gradients/)
})
