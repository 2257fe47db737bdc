/**
 * resnet18 and mobilenet_v2 against torchvision's in float64, with the same drawn weights: names,
 * logits, gradients, running statistics, and the loss over ten steps of Adam.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { toOnnx } from "../../src/export/to_onnx.ts"
import { Adam, bceWithLogits, Dropout, type Sequential, type Shape } from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import { sizeOf } from "../../src/tensor/tensor.ts"
import { readSafetensors } from "../../src/weights/safetensors.ts"
import made from "../fixtures/torchvision_networks.json" with { type: "json" }
import { expectClose, onnxruntime } from "../support/onnxruntime.ts"
import { openForTests } from "../support/open.ts"
import { pythonWith, runPython } from "../support/python.ts"
import { tempFolder } from "../support/temp_folder.ts"

const gpu = await openForTests()
const python = await pythonWith("torchvision")
const SCRIPT = "test/fixtures/torchvision_networks.py"

/** As in the script. */
const [SIZE, BATCH, IMAGES] = [64, 4, 1000]
const ADAM = { lr: 1e-5, eps: 1e-8 }
const LABELS = [1, 0, 1, 0]

type Kind = keyof typeof made.networks
type Values = Map<string, Float32Array>
/** Six entries, spread over a tensor, its largest, and its norm. */
type Summary = number[]

/** Which seed, and which of the tensors drawn with it. */
type Place = readonly [seed: number, index: number]

function draw([seed, index]: Place, shape: Shape, low: number, high: number): Float32Array {
  const random = new Random(seed, Purpose.test, index)
  return Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(low, high))
}

function drawnTensor(name: string, shape: Shape, place: Place): Float32Array {
  if (name.endsWith("num_batches_tracked")) return new Float32Array(1)
  if (shape.length > 1) {
    const limit = Math.sqrt(6 / sizeOf(shape.slice(1)))
    return draw(place, shape, -limit, limit)
  }
  const isFactor = name.endsWith("running_var") || name.endsWith("weight")
  return isFactor ? draw(place, shape, 0.5, 1.5) : draw(place, shape, -0.2, 0.2)
}

/** The weights of a first convolution for three colours, summed over them. */
function summed([count, , ...kernel]: Shape, place: Place): Float32Array {
  const color = drawnTensor("weight", [count, 3, ...kernel], place)
  const area = sizeOf(kernel)
  return Float32Array.from({ length: count * area }, (_, i) => {
    const at = Math.floor(i / area) * 3 * area + (i % area)
    return color[at] + color[at + area] + color[at + 2 * area]
  })
}

function drawn(kind: Kind): Sequential {
  const model = networks[kind].build(SIZE, 1).to(gpu)
  const state = [...model.stateDict()].map(([name, { shape }], i) => {
    const place = [made.networks[kind].seed, i] as const
    const data = i === 0 ? summed(shape, place) : drawnTensor(name, shape, place)
    return [name, { shape, data }] as const
  })
  model.loadStateDict(new Map(state))
  return model
}

const read = async (tensors: Iterable<readonly [string, { read(): Promise<Float32Array> }]>): Promise<Values> =>
  new Map(await Promise.all([...tensors].map(async ([name, tensor]) => [name, (await tensor.read()).slice()] as const)))

/** What the script computes, on the GPU. */
async function solved(kind: Kind) {
  const model = drawn(kind)
  const shape = [BATCH, 1, SIZE, SIZE]
  const images = draw([made.networks[kind].seed, IMAGES], shape, -1.7, 1.7)
  const forward = () => model.forward(gpu.tensor(shape, images, { requiresGrad: false }))
  const onnx = await toOnnx(model, shape)
  const evaluated = (await gpu.noGrad(() => model.eval() && forward()).read()).slice()
  model.train()
  // Its draws are not PyTorch's.
  for (const [, layer] of model.modules()) if (layer instanceof Dropout) layer.training = false
  const adam = new Adam(model.parameters(), ADAM)
  const [losses, firsts]: [number[], { trained: Float32Array; gradients: Values; statistics: Values }[]] = [[], []]
  for (let step = 0; step < 10; step++) {
    const logits = forward()
    const loss = bceWithLogits(logits, gpu.tensor([BATCH, 1], LABELS, { requiresGrad: false }))
    loss.backward()
    if (step === 0)
      firsts.push({
        trained: (await logits.read()).slice(),
        gradients: await read(model.parameters().map((parameter) => [parameter.name, parameter.grad!])),
        statistics: await read([...model.stateDict()].filter(([name]) => name.includes("running"))),
      })
    adam.step()
    losses.push((await loss.read())[0])
    gpu.endStep()
  }
  return { onnx, images, evaluated, losses, ...firsts[0] }
}

function expectWithin(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, within: number): void {
  expect(actual.length, what).toBe(expected.length)
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= within))
      throw new Error(`${what}[${i}] is ${actual[i]}, torchvision says ${expected[i]}; expected within ${within}`)
}

function summaryOf(values: Float32Array): Summary {
  const entries = [0, 1, 2, 3, 4, 5].map((k) => values[Math.floor(((2 * k + 1) * values.length) / 12)])
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return [...entries, largest, Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))]
}

const ZERO = 1e-5
const tolerance = (summary: Summary) => Math.max(1e-3 * summary.at(-2)!, ZERO)

/**
 * To a thousandth of each tensor's largest entry; the norm, which adds up all, to as much. Where
 * the norm behind it takes a shift away again, a gradient is 0: in float64 1e-17, here rounding.
 */
function expectLike(actual: Values, expected: Record<string, Summary>): void {
  expect([...actual.keys()]).toEqual(Object.keys(expected))
  for (const [name, summary] of Object.entries(expected)) {
    const norm = summary.at(-1)!
    const found = summaryOf(actual.get(name)!)
    expectWithin(name, found.slice(0, -1), summary.slice(0, -1), tolerance(summary))
    expectWithin(`norm of ${name}`, found.slice(-1), [norm], Math.max(1e-3 * norm, ZERO))
  }
}

describe.each(Object.keys(made.networks) as Kind[])("%s against torchvision", (kind) => {
  const theirs = made.networks[kind]
  let ours: Awaited<ReturnType<typeof solved>>
  beforeAll(async () => {
    ours = await solved(kind)
  }, 600_000)

  it("logits, gradients, running statistics and ten losses, from the same weights", () => {
    expectWithin("logit in evaluation", ours.evaluated, theirs.evaluated, 1e-4)
    expectWithin("logit in training", ours.trained, theirs.trained, 1e-4)
    expectLike(ours.gradients, theirs.gradients as Record<string, Summary>)
    expectLike(ours.statistics, theirs.statistics as Record<string, Summary>)
    expectWithin("loss", ours.losses, theirs.losses, 1e-3)
    expect(theirs.losses[9]).toBeLessThan(theirs.losses[0] / 2)
  })

  it("logits in onnxruntime, to 1e-5", async () => {
    const { y } = await onnxruntime(ours.onnx, "x", [BATCH, 1, SIZE, SIZE], ours.images)
    expectClose(y.data, ours.evaluated)
  })

  it.skipIf(!python)("every entry of its gradients and running statistics", { timeout: 600_000 }, async () => {
    const file = path.join(await tempFolder({}), "all.safetensors")
    const script = `import runpy, sys; sys.argv[1:] = ${JSON.stringify([kind, file])}; runpy.run_path("${SCRIPT}")`
    await runPython(python!, script)
    const all = readSafetensors(readFileSync(file)).tensors
    expect(all.size).toBe(ours.gradients.size + ours.statistics.size)
    for (const [name, { data }] of all) {
      const own = (ours.gradients.get(name) ?? ours.statistics.get(name))!
      expectWithin(name, own, data, tolerance(summaryOf(data)))
    }
  })
})
