/**
 * A folder's images and the parts of its folds as `npx cnn train` makes them, for PyTorch:
 *
 *     npm run build && node research/pytorch_data.mjs DATA OUT [--size 128] [--seeds 3]
 *
 * OUT/pixels.bin, gray bytes [N, size, size]; OUT/splits.json, labels, groups, width / height of
 * each file, and for each seed the test fold of each image and the validation part of each fold.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs"
import path from "node:path"
import { parseArgs } from "node:util"
import sharp from "sharp"
import { loadFolder } from "../dist/src/data/load.js"
import { imageAt } from "../dist/src/data/pixels.js"
import { splits } from "../dist/src/train/cross_validation.js"
import { defaultConfig } from "../dist/src/train/defaults.js"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: "string", default: "128" }, seeds: { type: "string", default: "3" } },
})
const [dir, out] = positionals
const size = Number(values.size)
const data = await loadFolder(dir, { size })
const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => {
  const parts = splits(data, { ...defaultConfig, seed })
  const fold = data.files.map((_, index) => parts.findIndex(({ test }) => test.includes(index)))
  return { fold, validation: parts.map(({ validation }) => validation) }
})
const aspects = []
for (const file of data.files) {
  const { width, height } = await sharp(path.join(dir, file)).metadata()
  aspects.push(width / height)
}
mkdirSync(out, { recursive: true })
const pixels = openSync(path.join(out, "pixels.bin"), "w")
for (const index of data.files.keys()) writeSync(pixels, imageAt(data, index))
closeSync(pixels)
const { files, groups } = data
const labels = [...data.labels]
writeFileSync(path.join(out, "splits.json"), JSON.stringify({ size, files, groups, labels, aspects, seeds }))
