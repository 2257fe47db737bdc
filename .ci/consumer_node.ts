/** A user's program for Node, which .ci/pack compiles against the installed package. */
import {
  crossValidate,
  Dense,
  defaultConfig,
  defineNetwork,
  type Evaluation,
  evaluate,
  explain,
  Flatten,
  openGpu,
  outOfFold,
  Sequential,
} from "cnn"
import { heatmap, imageAt, loadFolder, loadNetwork, saveNetwork } from "cnn/node"

const gpu = await openGpu()
const data = await loadFolder("images", { size: 64 })
const network = defineNetwork({
  size: 64,
  build: (size, outputs) => new Sequential(new Flatten(), new Dense(size ** 2, outputs)),
})
const results = await crossValidate(gpu, data, { ...defaultConfig, epochs: 4 }, { network })
export const found: Evaluation = evaluate(outOfFold(data, results), data.classes)
saveNetwork("fold-0.safetensors", results[0], { data, network })
const pixels = imageAt(data, 0)
const map = await explain(gpu, loadNetwork(gpu, "fold-0.safetensors"), pixels, 1, { method: "occlusion" })
export const png: Uint8Array = await heatmap(pixels, map, 64)
// @ts-expect-error A size is a number; were this no error, everything would be of type any.
export const wrong = await loadFolder("images", { size: "64" })
