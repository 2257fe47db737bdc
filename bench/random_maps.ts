/** Activation maps of a network whose weights are random from a layer on: what of a map is the weights', and what the method's. */
import { CamExplainer } from "../src/explain/cam_explainer.ts"
import { heNormal } from "../src/layers/init.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import type { Member } from "../src/weights/member.ts"
import { snapshot } from "../src/weights/weights.ts"

/**
 * LayerCAM towards the positive class. The network has its own weights afterwards.
 *
 * @param pixels gray, of images one after the other
 * @param first number of the first layer whose weights are random, as those behind it; Infinity for none
 * @param seed of the random ones
 */
export async function randomMaps(
  gpu: TensorGpu,
  member: Member,
  pixels: Uint8Array,
  first: number,
  seed = 77,
): Promise<Float32Array[]> {
  const { model, info } = member
  const trained = await snapshot(model)
  model.initialise(seed)
  const weights = await snapshot(model)
  // The first filters of `small` begin as edges, which are not random.
  const [filters] = weights.values()
  heNormal(filters.data, filters.shape, seed, 0)
  for (const [name, value] of trained) if (Number.parseInt(name, 10) < first) weights.set(name, value)
  model.loadStateDict(weights)
  const explainer = new CamExplainer(gpu, member, { pixels, size: info.size }, { method: "layer-cam" })
  const indices = Array.from({ length: pixels.length / info.size ** 2 }, (_, i) => i)
  const labels = indices.map(() => 1)
  const maps = await explainer.maps(indices, labels)
  model.loadStateDict(trained)
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
