// A copy of a folder of PNG files, darker and with noise: node research/other_exposure.mjs IN OUT
import { mkdirSync, readdirSync } from "node:fs"
import path from "node:path"
import sharp from "sharp"
import { Purpose, Random } from "../dist/src/tensor/random.js"

const GAMMA = 1.5
/** Standard deviation, of gray values 0 to 255. */
const NOISE = 8

const [from, to] = process.argv.slice(2)
const files = readdirSync(from, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"))
for (const [index, file] of files.sort().entries()) {
  const { data, info } = await sharp(path.join(from, file)).raw().toBuffer({ resolveWithObject: true })
  const random = new Random(0, Purpose.test, index)
  const darker = (gray) => 255 * (gray / 255) ** GAMMA + NOISE * random.normal()
  const pixels = data.map((gray) => Math.round(Math.max(0, Math.min(255, darker(gray)))))
  mkdirSync(path.dirname(path.join(to, file)), { recursive: true })
  await sharp(pixels, { raw: info }).png().toFile(path.join(to, file))
}
