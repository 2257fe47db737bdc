/**
 * Whether an activation map depends on the weights: those of a run's first fold are replaced by
 * random ones, from the last layer on, and its true positives explained again. Of a run whose
 * fractures are known, such as one on the phantom:
 *
 *     npx cnn train --out run && npm run build && node dist/bench/random_weights.js run
 *
 * J. Adebayo et al., Sanity checks for saliency maps, 2018, https://arxiv.org/abs/1810.03292
 */
import { hitRate } from "../src/explain/hit_rate.ts"
import { peakOf } from "../src/explain/peak.ts"
import { RunExplainer } from "../src/explain/run_explainer.ts"
import { openGpu } from "../src/tensor/tensor_gpu.ts"
import { correlation, randomMaps } from "./random_maps.ts"

/** Draws of random weights, as one says little. */
const DRAWS = 5

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error("expected a run folder")
const gpu = await openGpu()
const { predictor, run, images } = RunExplainer.open(gpu, folder)
const { fracture } = images
if (!fracture)
  throw new Error(
    `${folder}: is neither a run on the phantom nor has its folder a boxes.csv; expected marked fractures`,
  )
const [member] = predictor.members
const { model, info } = member
const right = run.images.filter(({ fold, label, answer }) => fold === info.fold && label === 1 && answer === 1)
const marks = await Promise.all(right.map(fracture))
const [found, fractures] = [right.filter((_, i) => marks[i].length > 0), marks.filter((points) => points.length > 0)]
const pixels = new Uint8Array(found.length * info.size ** 2)
for (const [i, image] of found.entries()) pixels.set(await images.pixels(image), i * info.size ** 2)
console.log(`${found.length} true positives`)

const before = await randomMaps(gpu, member, pixels, Infinity)
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]

async function tell(first: number, from: string): Promise<void> {
  const [alike, hits]: number[][] = [[], []]
  for (let seed = 1; seed <= DRAWS; seed++) {
    const after = await randomMaps(gpu, member, pixels, first, seed)
    const peaks = after.map((map, i) => ({ peak: peakOf(map, info.size), fracture: fractures[i] }))
    hits.push(hitRate(peaks, info.size).rate!)
    alike.push(...after.map((map, i) => correlation(map, before[i])))
  }
  const percent = hits.map((rate) => `${(100 * rate).toFixed(0)} %`)
  console.log(`random from the end to ${from}: correlation ${median(alike).toFixed(2)}, hits ${percent.join(", ")}`)
}

await tell(Infinity, "nothing")
const layers = model.layers().filter(([, layer]) => /^(Conv2d|Dense)$/.test(layer.constructor.name))
for (const [name, layer] of layers.reverse()) await tell(Number(name), `${name} ${layer.constructor.name}`)
gpu.close()
