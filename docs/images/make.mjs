// Draws the pictures that need no run: node docs/images/make.mjs [FOLDER]     after npm ci, which
// builds dist
import { writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { fractureTypes, phantomImage } from "../../dist/src/data/phantom.js"
import { augment, drawTransform } from "../../dist/src/layers/augment.js"
import { contactSheet, graysOf } from "../../dist/src/report/contact_sheet.js"
import { openGpu } from "../../dist/src/tensor/tensor_gpu.js"
import { defaultConfig } from "../../dist/src/train/defaults.js"
import { drawings } from "./arithmetic.mjs"

const folder = process.argv[2] ?? path.dirname(fileURLToPath(import.meta.url))
const write = (name, data) => writeFileSync(path.join(folder, name), data)
const seed = 3

async function phantoms() {
  const size = 144
  const draw = (fracture, index) => phantomImage({ seed, index, size, fracture }).pixels
  const images = [...fractureTypes.map((_, i) => draw(null, i)), ...fractureTypes.map(draw)]
  return contactSheet(images, size, fractureTypes.length)
}

/** An image, and seven times what training sees of it, with the default ranges. */
async function augmented() {
  const size = 96
  const { pixels } = phantomImage({ seed, index: 1, size, fracture: "oblique" })
  const gpu = await openGpu()
  const transforms = Array.from({ length: 7 }, (_, i) => drawTransform(defaultConfig.augment, seed, i + 1, 0, size))
  const x = gpu.tensor(
    [7, 1, size, size],
    transforms.flatMap(() => Array.from(pixels, (value) => value / 255)),
  )
  const values = await augment(x, transforms).read()
  gpu.close()
  const images = transforms.map((_, i) => graysOf(values.subarray(i * size * size, (i + 1) * size * size)))
  return contactSheet([pixels, ...images], size, 4)
}

write("phantom.png", await phantoms())
write("augmentation.png", await augmented())
for (const [name, draw] of Object.entries(drawings)) write(name, draw())
