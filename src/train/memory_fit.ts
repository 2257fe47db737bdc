/** Work in batches that the adapter's memory does not hold: how many images at once it does. */
import { BufferLimitError } from "../gpu/buffer_limit.ts"
import { type Need, OutOfMemory, totalBytes } from "../gpu/memory.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"

/** What helps where images have to be of the size that they are. */
export const OTHER_ADAPTER = "an adapter with more memory (--adapter)"

/** What was to be done. */
export interface BatchedWork {
  /** Images at once. */
  batch: number
  /** Their width and height, in pixels. */
  size: number
  /**
   * The memory of the steps of each of its parts, which come one after the other, with so many
   * images at once.
   */
  needs(batch: number): Need[]
  /** What helps besides a smaller batch. */
  else: string
}

/** Whether it failed for want of memory, and not for another reason. */
export const isTooLarge = (error: unknown): error is BufferLimitError | OutOfMemory =>
  error instanceof BufferLimitError || error instanceof OutOfMemory

/**
 * @returns an error that says which batch was too large and which is the largest that is not; of
 * another kind of error itself
 */
async function withFittingBatch(error: unknown, gpu: TensorGpu, work: BatchedWork): Promise<unknown> {
  if (!isTooLarge(error)) return error
  const { batch, size } = work
  const reason = error instanceof BufferLimitError ? error.reason : `no memory left: ${error.message}`
  const text = [
    `--batch ${batch} with images of ${size} x ${size} pixels does not fit on ${gpu.adapter.name}: ${reason}.`,
    `${inAll(work)}${await advice(gpu, work)}`,
  ]
  return new OutOfMemory(text.join("\n"), { cause: error })
}

/** Does `body`. @throws as `withFittingBatch` says */
export async function inBatches<T>(gpu: TensorGpu, work: BatchedWork, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    throw await withFittingBatch(error, gpu, work)
  }
}

/**
 * Kernels and memory of some steps, before the first of them. @param steps their ops, with
 * `endStep` between them
 */
export async function makeReady(gpu: TensorGpu, work: BatchedWork, steps: (batch: number) => void): Promise<void> {
  await inBatches(gpu, work, async () => {
    await gpu.compile(() => steps(work.batch))
    await gpu.done()
  })
}

/**
 * A batch may be so large that not even its images can be counted: that is no reason to say
 * nothing.
 */
function inAll({ batch, needs }: BatchedWork): string {
  try {
    const most = Math.max(...needs(batch).map(totalBytes))
    return `Its buffers are ${most.toLocaleString("en-US")} bytes in total. `
  } catch {
    return ""
  }
}

async function advice(gpu: TensorGpu, work: BatchedWork): Promise<string> {
  try {
    const most = await largestBatch(gpu, work)
    if (most > 0) return `The largest batch that fits is ${most}: --batch ${most}, or ${work.else}.`
    return `Not even one image at a time fits: use ${work.else}.`
  } catch {
    // A device that was lost over it can be asked nothing.
    return `Use a smaller --batch, or ${work.else}.`
  }
}

/** So few batches are tried one by one: needs need not grow with the batch. */
const ONE_BY_ONE = 64

/** Under the one that is too large; 0 where there is none. */
async function largestBatch(gpu: TensorGpu, { batch, needs }: BatchedWork): Promise<number> {
  const fits = async (wanted: Need[]) => {
    for (const need of wanted) if (!(await gpu.fits(need))) return false
    return true
  }
  let [low, high] = [0, batch]
  while (high - low > ONE_BY_ONE) {
    const middle = (low + high) >> 1
    if (await fits(needs(middle))) low = middle
    else high = middle
  }
  let last = ""
  for (let smaller = high - 1; smaller > low; smaller--) {
    const wanted = needs(smaller)
    // An epoch in as many batches is the same whatever they could hold.
    const key = wanted.map((need) => [...need].join()).join(";")
    if (key === last) continue
    last = key
    if (await fits(wanted)) return smaller
  }
  return low
}
