/**
 * Activation maps of a network whose weights are random from a layer on: what of a map is the
 * weights', and what the method's.
 */
import { CamExplainer } from "../src/explain/cam_explainer.ts"
import { randomise } from "../src/explain/random_weights.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import type { Member } from "../src/weights/member.ts"
import { snapshot } from "../src/weights/weights.ts"

/**
 * LayerCAM towards the positive class. The network has its own weights afterwards.
 *
 * @param pixels gray, of images one after the other
 * @param first number of the first layer whose weights are random, as those behind it; Infinity for
 * none
 * @param seed of the random ones
 */
export async function randomMaps(
  gpu: TensorGpu,
  member: Member,
  pixels: Uint8Array,
  first: number,
  seed = 77,
): Promise<Float32Array[]> {
  const { info } = member
  const trained = await snapshot(member.model)
  const restore = await randomise(member, seed)
  const weights = await snapshot(member.model)
  for (const [name, value] of trained) if (Number.parseInt(name, 10) < first) weights.set(name, value)
  member.model.loadStateDict(weights)
  const explainer = new CamExplainer(gpu, member, { pixels, size: info.size }, { method: "layer-cam" })
  const indices = Array.from({ length: pixels.length / info.size ** 2 }, (_, i) => i)
  const labels = indices.map(() => 1)
  const maps = await explainer.maps(indices, labels)
  restore()
  return maps
}

/** Pearson's, of two maps; 0 where one of them is even. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const [p, q] = [a, b].map((x) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length
    return x.map((value) => value - mean)
  })
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q) || 1)
}
