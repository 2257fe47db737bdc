/** NaN, infinities, -0, denormals: as in PyTorch, and a fused op as the ops that it stands for. */
import { describe, expect, it } from "vitest"
import {
  avgPool2d,
  batchNorm2d,
  batchNorm2dReluMaxPool2d,
  bceWithLogits,
  conv2d,
  conv2dReluMaxPool2d,
  DropoutCounter,
  dense,
  dropout,
  gelu,
  globalAvgPool,
  leakyRelu,
  maxPool2d,
  relu,
  relu6,
  sigmoid,
  silu,
  softmaxCrossEntropy,
  type Tensor,
  type TensorGpu,
} from "../../src/index.ts"
import { Random } from "../../src/tensor/random.ts"
import pytorch from "../fixtures/not_finite.json" with { type: "json" }
import { openAsGpu, openForTests } from "../support/open.ts"

interface Numbers {
  shape: number[]
  data: (number | string)[]
}
interface Fixture {
  op: string
  options: Record<string, number>
  inputs: Record<string, Numbers>
  cotangent: Numbers
  output: Numbers
  grads: Record<string, Numbers>
}

const [asItIs, asGpu] = [await openForTests(), await openAsGpu()]
const ADAPTERS = [
  { gpu: asItIs, which: "that this adapter gets" },
  { gpu: asGpu, which: "that a GPU gets" },
]
const [NONE, HUGE] = [Number.NaN, Number.POSITIVE_INFINITY]
const SPECIALS = [NONE, HUGE, -HUGE, -0, 0, 1e-40, -1e-40]

const running = ({ gpu }: Tensor) => ({
  runningMean: gpu.persistent([2], pytorch.channel.mean),
  runningVar: gpu.persistent([2], pytorch.channel.variance),
})

type Op = (...args: never[]) => Tensor
const OPS: Record<string, Op> = {
  ...{
    relu,
    relu6,
    leakyRelu,
    sigmoid,
    silu,
    gelu,
    maxPool2d,
    avgPool2d,
    globalAvgPool,
    conv2d,
    dense,
    conv2dReluMaxPool2d,
  },
  geluTanh: (x: Tensor) => gelu(x, { approximate: "tanh" }),
  batchNorm2d: (x: Tensor, w: Tensor, b: Tensor) => batchNorm2d(x, w, b, running(x)),
  batchNorm2dRelu: (x: Tensor, w: Tensor, b: Tensor) => batchNorm2d(x, w, b, { ...running(x), relu: true }),
  batchNorm2dReluMaxPool2d: (x: Tensor, w: Tensor, b: Tensor) =>
    batchNorm2dReluMaxPool2d(x, w, b, { ...running(x), kernel: 2 }),
  conv2dRelu: (x: Tensor, w: Tensor, b: Tensor, options: object) => conv2d(x, w, b, { ...options, relu: true }),
  denseRelu: (x: Tensor, w: Tensor, b: Tensor) => dense(x, w, b, { relu: true }),
}

/**
 * Within 1e-5, of numbers over 1 in proportion; adapters may flush denormals, and round -0 to 0.
 */
const agrees = (actual: number, expected: number): boolean =>
  Number.isFinite(expected)
    ? Math.abs(actual - expected) <= 1e-5 * Math.max(1, Math.abs(expected))
    : Object.is(actual, expected)

/** Each number that is off, with its place. */
const offs = (name: string, actual: Float32Array, { data }: Numbers): string[] =>
  data.flatMap((expected, i) =>
    agrees(actual[i], Number(expected)) ? [] : [`${name}[${i}] is ${actual[i]}, PyTorch has ${expected}`],
  )

describe.each(ADAPTERS)("numbers that are not finite, by the kernels $which, are PyTorch's", ({ gpu }) => {
  it.each(pytorch.cases as unknown as Fixture[])("$op $options", async (fixture) => {
    const { op, options, inputs, cotangent, output, grads } = fixture
    const tensors = Object.values(inputs).map(({ shape, data }) => gpu.tensor(shape, data.map(Number)))
    const y = (OPS[op] as (...args: unknown[]) => Tensor)(...tensors, options)
    y.backward(gpu.tensor(cotangent.shape, cotangent.data.map(Number)))
    const found = offs("y", await y.read(), output)
    for (const [i, name] of Object.keys(inputs).entries()) {
      found.push(...offs(`d${name}`, await tensors[i].grad!.read(), grads[name]))
    }
    expect(found).toEqual([])
    gpu.endStep()
  })
})

/** Random numbers, of which about `count` at random places are special. */
function sprinkled(shape: number[], seed: number, count: number): Float32Array {
  const random = new Random(seed, 77)
  const out = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform(-1, 1))
  for (let k = 0; k < count; k++) out[random.integer(out.length)] = SPECIALS[random.integer(SPECIALS.length)]
  return out
}

/** Bits, all NaN alike. */
const bits = (numbers: Float32Array): number[] =>
  [...new Uint32Array(numbers.slice().buffer)].map((word) => ((word & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : word))

interface Pair {
  name: string
  inputs: [shape: number[], specials: number][]
  fused: (...args: Tensor[]) => Tensor
  apart: (...args: Tensor[]) => Tensor
  /** Inputs whose gradients are the same sums in another order. */
  reordered?: number[]
}

const training = { training: true }
const PAIRS: Pair[] = [
  ...[
    { x: [2, 1, 8, 8], w: [4, 1, 3, 3], options: { padding: 1 } },
    { x: [2, 4, 8, 8], w: [8, 4, 3, 3], options: { padding: 1 } },
    { x: [1, 3, 8, 10], w: [5, 3, 3, 3], options: {} },
    { x: [1, 8, 16, 16], w: [8, 8, 5, 5], options: { padding: 2 } },
    // A last row and column that fill no window, under no other.
    { x: [2, 8, 9, 8], w: [8, 8, 1, 1], options: {} },
    { x: [2, 2, 8, 13], w: [6, 2, 1, 1], options: {} },
    { x: [2, 4, 8, 9], w: [4, 4, 2, 2], options: {} },
  ].flatMap(({ x, w, options }): Pair[] => [
    {
      name: `conv2dReluMaxPool2d ${x} ${w}`,
      inputs: [
        [x, 4],
        [w, 0],
        [[w[0]], 0],
      ],
      fused: (x, w, b) => conv2dReluMaxPool2d(x, w, b, options),
      apart: (x, w, b) => maxPool2d(relu(conv2d(x, w, b, options)), { kernel: 2 }),
      reordered: [1, 2],
    },
    {
      name: `conv2d with relu ${x} ${w}`,
      inputs: [
        [x, 4],
        [w, 1],
        [[w[0]], 1],
      ],
      fused: (x, w, b) => conv2d(x, w, b, { ...options, relu: true }),
      apart: (x, w, b) => relu(conv2d(x, w, b, options)),
    },
  ]),
  ...[running, () => training].flatMap((options, k): Pair[] => [
    {
      name: `batchNorm2d with relu, ${k ? "training" : "inference"}`,
      inputs: [
        [[2, 2, 6, 6], k ? 1 : 12],
        [[2], 0],
        [[2], 0],
      ],
      fused: (x, w, b) => batchNorm2d(x, w, b, { ...options(x), relu: true }),
      apart: (x, w, b) => relu(batchNorm2d(x, w, b, options(x))),
    },
    {
      name: `batchNorm2dReluMaxPool2d, ${k ? "training" : "inference"}`,
      inputs: [
        [[2, 2, 6, 6], k ? 1 : 12],
        [[2], 0],
        [[2], 0],
      ],
      fused: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { ...options(x), kernel: 2 }),
      apart: (x, w, b) => maxPool2d(relu(batchNorm2d(x, w, b, options(x))), { kernel: 2 }),
      // In training dx is made of the sums too.
      reordered: k ? [0, 1, 2] : [1, 2],
    },
  ]),
  ...[
    [6, 5, 7],
    [64, 70, 33],
  ].map(
    ([n, f, o]): Pair => ({
      name: `dense with relu ${n}x${f}, ${o}`,
      inputs: [
        [[n, f], 2],
        [[o, f], 1],
        [[o], 2],
      ],
      fused: (x, w, b) => dense(x, w, b, { relu: true }),
      apart: (x, w, b) => relu(dense(x, w, b)),
    }),
  ),
]

async function outcome(gpu: TensorGpu, op: Pair["fused"], { inputs }: Pair, seed: number) {
  const tensors = inputs.map(([shape, specials], i) => gpu.tensor(shape, sprinkled(shape, 10 * seed + i, specials)))
  const y = op(...tensors)
  y.backward(gpu.tensor(y.shape, sprinkled([...y.shape], 10 * seed + 9, 2)))
  const out = [await y.read()]
  for (const { grad } of tensors) out.push(await grad!.read())
  gpu.endStep()
  return out
}

describe.each(ADAPTERS)("a fused op, by the kernels $which, equals its plain ops bit for bit", ({ gpu }) => {
  it.each(PAIRS)("$name", async (pair) => {
    for (const seed of [1, 2, 3, 4]) {
      const [fused, apart] = [await outcome(gpu, pair.fused, pair, seed), await outcome(gpu, pair.apart, pair, seed)]
      for (const [i, numbers] of fused.entries()) {
        const name = i === 0 ? "y" : `gradient of input ${i - 1}`
        if (pair.reordered?.includes(i - 1)) {
          const off = [...numbers].filter((value, at) => !agrees(value, apart[i][at]))
          expect(off, `${name}, seed ${seed}`).toEqual([])
        } else expect(bits(numbers), `${name}, seed ${seed}`).toEqual(bits(apart[i]))
      }
    }
  })
})

describe("NaN", () => {
  it("with a sign, as x86 makes it, is passed on by relu and wins its window, the last of several", async () => {
    const x = asItIs.tensor([1, 1, 2, 4], [1, NONE, 5, 1, NONE, 3, 2, 7])
    const negative = new Float32Array(Uint32Array.of(0xffc00000).buffer)
    const signed = asItIs.tensor([1, 1, 2, 2], [1, negative[0], 3, 4])
    for (const tensor of [x, signed])
      maxPool2d(relu(tensor), { kernel: 2 }).backward(
        asItIs.tensor([1, 1, 1, tensor.size / 4], tensor.size === 8 ? [1, 1] : [1]),
      )
    expect([...(await x.grad!.read())]).toEqual([0, 0, 0, 0, 1, 0, 0, 1])
    expect([...(await signed.grad!.read())]).toEqual([0, 1, 0, 0])
    asItIs.endStep()
  })

  it("stays where dropout drops it", async () => {
    const x = asItIs.tensor([200], new Float32Array(200).fill(NONE))
    const y = dropout(x, { p: 0.5, training: true, counter: new DropoutCounter(3) })
    expect([...(await y.read())].every(Number.isNaN)).toBe(true)
    asItIs.endStep()
  })

  it.each([0, 1, 2])("among the logits makes a softmax's loss and gradient NaN, if the class is %i", async (right) => {
    for (const times of [1, 300]) {
      const x = asItIs.tensor(
        [times, 3],
        Array.from({ length: 3 * times }, (_, i) => (i % 3 === 1 ? NONE : i)),
      )
      const y = softmaxCrossEntropy(x, asItIs.tensor([times], Array(times).fill(right), { requiresGrad: false }))
      y.backward()
      expect((await y.read())[0]).toBeNaN()
      expect([...(await x.grad!.read())].every(Number.isNaN)).toBe(true)
      asItIs.endStep()
    }
  })

  it.each([0, 0.25, 1])(
    "as a logit makes the binary loss and its gradient there NaN, if the label is %f",
    async (label) => {
      for (const n of [2, 2000]) {
        const x = asItIs.tensor([n], new Float32Array(n).fill(NONE, 1, 2))
        const y = bceWithLogits(x, asItIs.tensor([n], Array(n).fill(label), { requiresGrad: false }))
        y.backward()
        expect((await y.read())[0]).toBeNaN()
        expect([...(await x.grad!.read())].map(Number.isNaN)).toEqual(Array.from({ length: n }, (_, i) => i === 1))
        asItIs.endStep()
      }
    },
  )
})
