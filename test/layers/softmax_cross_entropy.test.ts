import { describe, expect, it } from "vitest"
import { compare, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { softmaxCrossEntropy as reference } from "../../bench/reference/references.ts"
import { add } from "../../src/layers/add.ts"
import { softmaxCrossEntropy } from "../../src/layers/softmax_cross_entropy.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"
import { checkSoftmax } from "./loss_check.ts"

const gpu = await openForTests()

describe("softmaxCrossEntropy", () => {
  it.each([
    { N: 4, C: 3 },
    { N: 1, C: 1 },
    { N: 1, C: 131 },
    { N: 67, C: 2 },
  ])("gradients of $N rows, $C classes", async ({ N, C }) => {
    const t = Float32Array.from({ length: N }, (_, n) => (n * 5 + 1) % C)
    await gradcheck(gpu, {
      name: "softmaxCrossEntropy",
      inputs: { x: { shape: [N, C] }, t: { shape: [N], data: t, requiresGrad: false } },
      op: (x, t) => softmaxCrossEntropy(x, t),
      reference,
      terms: 1,
    })
  })

  it("holds at logits of +-100", async () => {
    const logits = [100, -100, 0, -100, 100, 100]
    const x = gpu.tensor([2, 3], logits)
    const y = softmaxCrossEntropy(x, gpu.tensor([2], [1, 2]))
    y.backward()
    compare({ name: "loss", terms: 1 }, "y", await y.read(), reference(plain([2, 3], logits), plain([2], [1, 2])))
    compare({ name: "loss", terms: 1 }, "dx", await x.grad!.read(), plain([2, 3], [0.5, -0.5, 0, 0, 0.25, -0.25]))
  })

  it.each([
    { N: 5, C: 3 },
    { N: 70, C: 60 },
    { N: 3, C: 70 },
    { N: 1030, C: 2 },
  ])("gives the gradient of $N rows, $C classes, for any cotangent, and starts from 1", async ({ N, C }) => {
    for (const cotangent of [undefined, 1, -2.5]) await checkSoftmax(gpu, N, C, cotangent)
  })

  it.each([3, -1, 0.5, 1e10, Number.NaN, Infinity])("refuses %f as a class index, or makes it NaN", async (wrong) => {
    for (const rows of [2, 300]) {
      const x = gpu.tensor([rows, 3], new Float32Array(3 * rows))
      const indices = gpu.tensor([rows], new Float32Array(rows).fill(wrong, 1, 2), { requiresGrad: false })
      expect(() => softmaxCrossEntropy(x, indices)).toThrow(
        `softmaxCrossEntropy: classIndices[1] is ${wrong}, expected a class index from 0 to 2`,
      )
      const computed = add(indices, gpu.tensor([rows], new Float32Array(rows)))
      const y = softmaxCrossEntropy(x, computed)
      y.backward()
      expect((await y.read())[0]).toBeNaN()
      expect([...(await x.grad!.read())].map(Number.isNaN).indexOf(true)).toBe(3)
      gpu.endStep()
    }
  })

  it("refuses wrong shapes", () => {
    const x = gpu.tensor([2, 3], [1, 2, 3, 4, 5, 6])
    expect(() => softmaxCrossEntropy(x, gpu.tensor([3], [0, 0, 0]))).toThrow(
      "softmaxCrossEntropy: classIndices is [3], logits [2,3] wants [2]",
    )
  })
})

await describeMutants(
  {
    softmaxCrossEntropy: {
      inputs: { x: { shape: [4, 65] }, t: { shape: [4], data: [2, 0, 64, 1], requiresGrad: false } },
      op: (x, t) => softmaxCrossEntropy(x, t),
      reference: reference,
    },
  },
  [
    ["softmaxCrossEntropy", "softmax_cross_entropy", "- x[row + class_index]", "- x[row]", "class 0 for all"],
    ["softmaxCrossEntropy", "softmax_cross_entropy_backward_input", "select(0.0, 1.0, hit)", "0.0", "target forgotten"],
  ],
)
