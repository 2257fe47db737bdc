/** ONNX files in onnxruntime, and what comes out beside what ours give. */
import { InferenceSession, Tensor } from "onnxruntime-web"
import { expect } from "vitest"
import type { Shape } from "../../src/tensor/tensor.ts"

/** The outputs of a model by name, on the CPU. */
export async function onnxruntime(bytes: Uint8Array, input: string, shape: Shape, data: Float32Array) {
  const session = await InferenceSession.create(bytes)
  const out = await session.run({ [input]: new Tensor("float32", data, [...shape]) })
  await session.release()
  return Object.fromEntries(
    Object.entries(out).map(([name, { data, dims }]) => [name, { data: [...(data as Float32Array)], dims }]),
  )
}

/** @throws naming the first that is off by more than 1e-5, of numbers over 1 in proportion */
export function expectClose(actual: readonly number[], expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length)
  const off = actual.findIndex(
    (value, i) => !(Math.abs(value - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i]))),
  )
  expect(off < 0 ? "none" : `element ${off}: ${actual[off]}, ours is ${expected[off]}`).toBe("none")
}
