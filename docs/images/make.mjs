// Draws the README's pictures: node docs/images/make.mjs [FOLDER]     after npm ci, which builds
// dist
import { writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { fractureTypes, phantomImage } from "../../dist/src/data/phantom.js"
import { contactSheet } from "../../dist/src/report/contact_sheet.js"

const folder = process.argv[2] ?? path.dirname(fileURLToPath(import.meta.url))
const size = 144
const seed = 3
const draw = (fracture, index) => phantomImage({ seed, index, size, fracture }).pixels
const images = [...fractureTypes.map((_, i) => draw(null, i)), ...fractureTypes.map(draw)]
writeFileSync(path.join(folder, "phantom.png"), await contactSheet(images, size, fractureTypes.length))
