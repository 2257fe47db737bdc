/**
 * How much a copy may be changed before the audit no longer finds it: each image of DIR against one
 * changed copy of itself. docs/audit.md has what came out. Usage: npm run build && node
 * bench/audit_recall.mjs DIR
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { compare, nearCopies, SIDE, sketch } from "../dist/src/audit/near_copies.js"
import { decodeImage } from "../dist/src/data/read_image.js"
import { findImages } from "../dist/src/data/walk.js"
import { Purpose, Random } from "../dist/src/tensor/random.js"

const [dir] = process.argv.slice(2)
if (dir === undefined) throw new Error("usage: node bench/audit_recall.mjs DIR")

const random = new Random(1, Purpose.test)
const between = (low, high) => low + ((high - low) * random.integer(2 ** 20)) / 2 ** 20

const turned = (image) => sharp(image).rotate(between(0, 360), { background: "#000" }).png().toBuffer()
const mirrored = (image) => sharp(image).flop().png().toBuffer()
const brighter = (image) => sharp(image).linear(between(0.6, 1.3), between(-25, 25)).png().toBuffer()
const poor = (image) => sharp(image).resize(160, 160, { fit: "inside" }).jpeg({ quality: 70 }).toBuffer()
async function cropped(image) {
  const { width, height } = await sharp(image).metadata()
  const [w, h] = [width, height].map((length) => Math.round(length * between(0.7, 0.9)))
  const [left, top] = [width - w, height - h].map((rest) => Math.floor(between(0, rest)))
  return sharp(image).extract({ left, top, width: w, height: h }).png().toBuffer()
}
const all = async (image) => poor(await brighter(await cropped(await turned(await mirrored(image)))))

const { files } = await findImages(dir)
const bytes = await Promise.all(files.map((file) => readFile(path.join(dir, file))))
const sketchOf = async (image) => sketch(await decodeImage(image, SIDE))
const originals = []
for (const image of bytes) originals.push(await sketchOf(image))

for (const [name, change] of Object.entries({ turned, cropped, brighter, all })) {
  const copies = []
  for (const image of bytes)
    copies.push(await sketchOf(await change(await sharp(image).toColourspace("b-w").png().toBuffer())))
  const confirmed = copies.filter((copy, i) => compare(originals[i], copy) !== undefined).length
  const links = await nearCopies([...originals, ...copies])
  const own = links.filter(({ i, j }) => i % files.length === j % files.length).length
  console.log(`${name}: ${confirmed} of ${files.length} confirmed, ${own} found among all`)
  for (const { i, j, correlation } of links)
    if (i % files.length !== j % files.length)
      console.log(`  ${files[i % files.length]} and ${files[j % files.length]} are linked, ${correlation.toFixed(3)}`)
}
