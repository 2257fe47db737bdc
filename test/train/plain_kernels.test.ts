/** CNN_KERNELS=plain: every op is computed by its plain kernel, to the same numbers. */
import { afterAll, describe, expect, it, vi } from "vitest"
import { openDevice } from "#device"
import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import { build, refNetS } from "../../bench/refnet.ts"
import { writeTuned } from "../../src/gpu/tuned.ts"
import {
  bceWithLogits,
  Dense,
  Dropout,
  Flatten,
  globalAvgPool,
  matmul,
  ReLU,
  Sequential,
  softmaxCrossEntropy,
} from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import { Adam } from "../../src/optim/adam.ts"
import { checkSameKernels } from "../../src/run/resume.ts"
import type { Circumstances } from "../../src/run/run_config.ts"
import { circumstances } from "../../src/run/run_config.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { tempFolder } from "../support/temp_folder.ts"

async function open(kernels: string) {
  vi.stubEnv("CNN_KERNELS", kernels)
  try {
    return await openDevice()
  } finally {
    vi.unstubAllEnvs()
  }
}

const [byDefault, plainly] = [await open("default"), await open("plain")]
afterAll(() => {
  byDefault.release()
  plainly.release()
})

/** Whatever has a faster kernel beside it, or exists for speed alone. */
const NOT_PLAIN = /_(tile|few|gemm|wide)$|^gemm$|^matmul_tile|relu_max_pool2d|_sum$|max_pool2d_backward_input_tiling$/

describe("openDevice", () => {
  it("notes what CNN_KERNELS asks for, which goes before a table of cnn tune", async () => {
    expect(byDefault.info).not.toHaveProperty("kernels")
    expect(plainly.info.kernels).toBe("plain")
    vi.stubEnv("CNN_CACHE", await tempFolder())
    vi.stubEnv("CNN_TUNE", "")
    writeTuned(byDefault.info, { "forward: something": "tiles 4x4x8" }, new Date())
    const opened = await open("plain")
    expect(opened.info).not.toHaveProperty("tuned")
    opened.release()
  })

  it("refuses what it does not know, with the choices", async () => {
    await expect(open("fast")).rejects.toThrow(
      'CNN_KERNELS is "fast", expected "default" (the fastest kernels for the adapter) or "plain" (one thread per element).',
    )
  })
})

interface Step {
  model(): Sequential
  size: number
  loss(logits: import("../../src/index.ts").Tensor): import("../../src/index.ts").Tensor
}

const N = 3
const binary: Step["loss"] = (logits) => bceWithLogits(logits, logits.gpu.tensor([N, 1], [0, 1, 1]))
const STEPS: Record<string, Step> = {
  "refnet-s": { model: () => build({ ...refNetS, size: 24 }), size: 24, loss: binary },
  small: { model: () => networks.small.build(32, 1), size: 32, loss: binary },
  // A dense layer that is large enough for tiles.
  "dense layers": {
    model: () =>
      new Sequential(new Flatten(), new Dense(1024, 128), new ReLU(), new Dropout({ p: 0.5 }), new Dense(128, 4)),
    size: 32,
    loss: (logits) => softmaxCrossEntropy(logits, logits.gpu.tensor([N], [2, 0, 3])),
  },
}

/** A device, and the names of the kernels that it runs, as it runs them. */
function watched(opened: typeof byDefault): [gpu: TensorGpu, kernels: Set<string>] {
  const kernels = new Set<string>()
  const shader = (name: string) => {
    kernels.add(name)
    return opened.shader(name)
  }
  return [new TensorGpu({ ...opened, shader }), kernels]
}

/** A step's loss and gradients by name, and the kernels that it ran. */
async function stepOn(opened: typeof byDefault, { model: make, size, loss: lossOf }: Step) {
  const [gpu, kernels] = watched(opened)
  const model = make().to(gpu, { seed: 1 }).train()
  const optimizer = new Adam(model.parameters())
  const loss = lossOf(
    model.forward(gpu.tensor([N, 1, size, size], draw([N, 1, size, size], 1), { requiresGrad: false })),
  )
  loss.backward()
  optimizer.step()
  const read = model.parameters().map(async ({ name, grad }) => [name, await grad!.read()] as const)
  const values = new Map([["loss", await loss.read()] as const, ...(await Promise.all(read))])
  gpu.endStep()
  return { kernels: [...kernels].sort(), values }
}

describe.each(Object.keys(STEPS))("a training step of %s", (name) => {
  it("uses the plain kernels alone, and agrees with the default", async () => {
    const [usual, simple] = [await stepOn(byDefault, STEPS[name]), await stepOn(plainly, STEPS[name])]
    expect(simple.kernels.filter((kernel) => NOT_PLAIN.test(kernel))).toEqual([])
    expect(usual.kernels.filter((kernel) => NOT_PLAIN.test(kernel))).not.toEqual([])
    expect(simple.kernels).toContain(name === "dense layers" ? "dense" : "conv2d")
    expect([...simple.values.keys()]).toEqual([...usual.values.keys()])
    for (const [key, value] of usual.values)
      compare({ name, terms: 600, atol: 1e-4 }, key, simple.values.get(key)!, plain([], Float64Array.from(value)))
  })
})

it("matmul takes its plain kernel", async () => {
  const [gpu, used] = watched(plainly)
  const [a, b] = [gpu.tensor([64, 64], draw([64, 64], 1)), gpu.tensor([64, 70], draw([64, 70], 2))]
  const y = matmul(a, b)
  y.backward(gpu.tensor(y.shape, draw(y.shape, 3)))
  await a.grad!.read()
  expect([...used].sort()).toEqual(["matmul", "matmul_backward_a", "matmul_backward_b"])
  gpu.endStep()
})

it.each([
  ["default", byDefault, "sum"],
  ["plain", plainly, "global_avg_pool"],
])("global average pooling on a GPU takes its kernel, %s", async (_, opened, kernel) => {
  const [gpu, used] = watched({ ...opened, info: { ...opened.info, kind: "gpu" } })
  const y = globalAvgPool(gpu.tensor([1, 2, 1, 3], [1, 2, 6, 4, 4, 1]))
  expect([...(await y.read())]).toEqual([3, 3])
  expect([...used]).toEqual([kernel])
  gpu.endStep()
})

describe("a run", () => {
  const started = new Date("2026-11-30")
  const [usual, simple]: Circumstances[] = [byDefault, plainly].map(({ info }) => circumstances(info, started))

  it("records the choice", () => {
    expect([usual.kernels, simple.kernels]).toEqual(["default", "plain"])
    expect(simple.adapter).not.toHaveProperty("kernels")
  })

  it("is not resumed with others", () => {
    expect(() => checkSameKernels("run", usual, usual)).not.toThrow()
    expect(() => checkSameKernels("run", simple, simple)).not.toThrow()
    expect(() => checkSameKernels("run", usual, simple)).toThrow("started without CNN_KERNELS=plain")
    expect(() => checkSameKernels("run", simple, usual)).toThrow("set CNN_KERNELS=plain and resume again")
  })
})
