/**
 * Decodes one file several times at once, in a process of its own, and prints the most memory that
 * it had.
 */
import { readFileSync } from "node:fs"
import { decodeImage } from "../../dist/src/data/read_image.js"

const [file, times] = process.argv.slice(2)
const bytes = readFileSync(file)
const images = await Promise.all(Array.from({ length: Number(times) }, () => decodeImage(bytes, 32)))
console.log(JSON.stringify({ images: images.length, mebibytes: process.resourceUsage().maxRSS / 1024 }))
