import { describe, expect, it } from "vitest"
import { compare, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { bceWithLogits as reference } from "../../bench/reference/references.ts"
import { add } from "../../src/layers/add.ts"
import { bceWithLogits } from "../../src/layers/bce_with_logits.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"
import { checkBce } from "./loss_check.ts"

const gpu = await openForTests()

describe("bceWithLogits", () => {
  it.each([
    { shape: [4, 1], posWeight: 1 },
    { shape: [5, 3], posWeight: 2.5 },
    { shape: [1, 1], posWeight: 2.5 },
    { shape: [67], posWeight: 0.5 },
  ])("gradients of $shape, posWeight $posWeight", async ({ shape, posWeight }) => {
    const n = shape.reduce((a, b) => a * b)
    const t = Float32Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : i % 3 === 1 ? 0 : 0.25))
    await gradcheck(gpu, {
      name: "bceWithLogits",
      inputs: { x: { shape }, t: { shape, data: t, requiresGrad: false } },
      op: (x, t) => bceWithLogits(x, t, { posWeight }),
      reference: reference(posWeight),
      terms: 1,
    })
  })

  it("holds at logits of +-100, where exp overflows and log sees 0", async () => {
    const logits = [100, -100, 100, -100, 20, -20, 0]
    const targets = [1, 0, 0, 1, 1, 0, 1]
    for (let i = 0; i < logits.length; i++) {
      const x = gpu.tensor([1], [logits[i]])
      const y = bceWithLogits(x, gpu.tensor([1], [targets[i]]), { posWeight: 3 })
      y.backward()
      const expected = reference(3)(plain([1], [logits[i]]), plain([1], [targets[i]]))
      const down = 1 / (1 + Math.exp(logits[i]))
      const slope = (1 - targets[i]) * (1 - down) - 3 * targets[i] * down
      // Relative, so that e^-20 counts as a number and not as nothing; e^-100 is below float32.
      compare({ name: `bce(${logits[i]})`, terms: 1, atol: 1e-30 }, "y", await y.read(), expected)
      compare({ name: `bce(${logits[i]})`, terms: 1, atol: 1e-30 }, "dx", await x.grad!.read(), plain([1], [slope]))
    }
  })

  it.each([5, 70, 1030])("gives the gradient of %i logits for any cotangent, and starts from 1", async (n) => {
    for (const cotangent of [undefined, 1, -2.5]) await checkBce(gpu, n, cotangent)
  })

  it.each([2, -1, 255, -1e-3, Number.NaN, -Infinity])("refuses %f as a label, or makes it NaN", async (wrong) => {
    for (const n of [4, 2000]) {
      const x = gpu.tensor([n, 1], new Float32Array(n))
      const labels = gpu.tensor([n, 1], new Float32Array(n).fill(wrong, 2, 3), { requiresGrad: false })
      expect(() => bceWithLogits(x, labels)).toThrow(
        `bceWithLogits: targets[2] is ${Math.fround(wrong)}, expected a label from 0 to 1`,
      )
      const y = bceWithLogits(x, add(labels, gpu.tensor([n, 1], new Float32Array(n))))
      y.backward()
      expect((await y.read())[0]).toBeNaN()
      expect([...(await x.grad!.read())].flatMap((value, i) => (Number.isNaN(value) ? [i] : []))).toEqual([2])
      gpu.endStep()
    }
  })

  it("takes every label from 0 to 1", async () => {
    const labels = gpu.tensor([5], [0, -0, 0.25, 1e-40, 1], { requiresGrad: false })
    expect((await bceWithLogits(gpu.tensor([5], [1, 1, 1, 1, 1]), labels).read())[0]).toBeGreaterThan(0)
    gpu.endStep()
  })

  it("refuses targets of another shape and a posWeight that is none", () => {
    const x = gpu.tensor([4, 1], [1, 2, 3, 4])
    const t = gpu.tensor([4], [0, 1, 0, 1])
    expect(() => bceWithLogits(x, t)).toThrow("bceWithLogits: targets is [4], logits [4,1] wants [4,1]")
    expect(() => bceWithLogits(x, gpu.tensor([4, 1], [0, 1, 0, 1]), { posWeight: -1 })).toThrow("posWeight is -1")
  })
})

const many = Array.from({ length: 1025 }, (_, i) => [0, 1, 1, 0, 0.25][i % 5])

await describeMutants(
  {
    bceWithLogits: {
      // More than a workgroup takes alone.
      inputs: { x: { shape: [1025] }, t: { shape: [1025], data: many, requiresGrad: false } },
      op: (x, t) => bceWithLogits(x, t, { posWeight: 2.5 }),
      reference: reference(2.5),
    },
  },
  [
    ["bceWithLogits", "bce_with_logits", "params.pos_weight * ", "", "posWeight dropped"],
    ["bceWithLogits", "bce_with_logits_backward_input", "params.pos_weight * ", "", "posWeight dropped"],
    ["bceWithLogits", "bce_with_logits_backward_input", " / f32(params.n)", "", "mean forgotten"],
  ],
)
