import { afterAll, expect, it } from "vitest"
import { openDevice } from "#device"
import { relu } from "../../src/index.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { guardAll } from "../support/guard_all.ts"

const open = await openDevice()
afterAll(() => open.release())

/**
 * Lavapipe looks at each access: it drops what would be written behind a binding, and reads 0
 * there.
 */
const looks = /llvmpipe/.test(open.info.name)

/** A device whose relu is wrong. */
const withRelu = (from: string, to: string): TensorGpu =>
  new TensorGpu({ ...open, shader: (name) => open.shader(name).replace(from, to) })

async function run(gpu: TensorGpu): Promise<() => Promise<void>> {
  const check = guardAll(gpu)
  await relu(gpu.tensor([5], [1, 2, 3, 4, 5])).read()
  gpu.endStep()
  return check
}

it("says nothing of a kernel that keeps to its tensors", async () => {
  const check = await run(withRelu("", ""))
  await check()
})

it.runIf(open.info.kind === "software" && !looks && process.env.CNN_EXACT !== "1")(
  "finds a kernel that writes behind its tensor, where nothing but the kernel prevents it",
  async () => {
    const check = await run(withRelu("y[i] = select(", "y[i + 1u] = select("))
    await expect(check()).rejects.toThrow("a kernel wrote behind a buffer (step, 20 bytes), into float 0 of its guard")
  },
)

it("lets a kernel that reads behind its tensor compute what is no number", async () => {
  const gpu = withRelu("y[i] = select(", "y[i] = x[i + 1u]; _ = select(")
  guardAll(gpu)
  const y = await relu(gpu.tensor([5], [1, 2, 3, 4, 5])).read()
  // With all checks on, a read beyond the end is moved to the last element.
  const moved = process.env.CNN_EXACT === "1" || open.info.kind === "gpu"
  expect(y[4]).toBe(moved ? 5 : looks ? 0 : Number.NaN)
})
