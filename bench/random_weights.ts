/**
 * Whether an activation map depends on the weights: those of a run's first fold are replaced by random ones, from the last
 * layer on, and its true positives explained anew. Of a run on the phantom, which knows where its fractures are:
 *
 *     npx cnn train --out run && npm run build && node dist/bench/random_weights.js run
 *
 * J. Adebayo et al., Sanity checks for saliency maps, 2018, https://arxiv.org/abs/1810.03292
 */
import { CamExplainer } from "../src/explain/cam_explainer.ts"
import { hitRate } from "../src/explain/hit_rate.ts"
import { peakOf } from "../src/explain/peak.ts"
import { RunExplainer } from "../src/explain/run_explainer.ts"
import { openGpu } from "../src/tensor/tensor_gpu.ts"
import { correlation } from "./correlation.ts"

const gpu = await openGpu()
const { predictor, run, images } = RunExplainer.open(gpu, process.argv[2])
const [member] = predictor.members
const { model, info } = member
const found = run.images.filter(({ fold, label, answer }) => fold === info.fold && label === 1 && answer === 1)
const pixels = new Uint8Array(found.length * info.size ** 2)
for (const [i, image] of found.entries()) pixels.set(await images.pixels(image), i * info.size ** 2)

const maps = () =>
  new CamExplainer(gpu, member, { pixels, size: info.size }, { method: "layer-cam" }).maps(
    [...found.keys()],
    found.map(() => 1),
  )

async function state() {
  const tensors = [...model.stateDict()]
  return Promise.all(tensors.map(async ([name, t]) => [name, { shape: t.shape, data: await t.read() }] as const))
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]

const before = await maps()
const trained = await state()
model.initialise(1)
const random = new Map(await state())
const layerOf = (name: string) => Number.parseInt(name, 10)
const withWeights = model.layers().filter(([name]) => trained.some(([each]) => layerOf(each) === Number(name)))

console.log(`${found.length} true positives`)
for (const [first, layer] of [["nothing", null] as const, ...withWeights.reverse()]) {
  const from = layer ? Number(first) : Infinity
  model.loadStateDict(new Map(trained.map(([name, value]) => [name, layerOf(name) < from ? value : random.get(name)!])))
  const after = await maps()
  const { rate } = hitRate(
    after.map((map, i) => ({ peak: peakOf(map, info.size), fracture: images.fracture!(found[i]) })),
    info.size,
  )
  const alike = median(after.map((map, i) => correlation(map, before[i])))
  const told = layer ? `${first} ${layer.constructor.name}` : first
  console.log(`random from the end to ${told}: correlation ${alike.toFixed(2)}, hits ${(100 * rate!).toFixed(0)} %`)
}
gpu.close()
