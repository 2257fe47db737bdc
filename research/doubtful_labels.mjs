/**
 * How many of 50 flipped labels are among the first of those that a run's out-of-fold networks
 * contradict: draws 480 images, flips labels, trains, ranks. docs/audit.md has what came out.
 * Usage: npm run build && node research/doubtful_labels.mjs FOLDER [SEED]
 */
import { execFileSync } from "node:child_process"
import { readFileSync, renameSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { phantomItems } from "../dist/src/data/phantom.js"
import { Purpose, Random } from "../dist/src/tensor/random.js"

const [folder, seed = "0"] = process.argv.slice(2)
if (folder === undefined) throw new Error("usage: node research/doubtful_labels.mjs FOLDER [SEED]")
const [COUNT, FLIPPED] = [480, 50]

const main = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url))
const cnn = (...args) => execFileSync(process.execPath, [main, ...args], { stdio: ["ignore", "ignore", "inherit"] })
const [drawn, run] = [path.join(folder, "drawn"), path.join(folder, "run")]
cnn("phantom", drawn, "--count", `${COUNT}`, "--seed", seed)
const files = phantomItems({ count: COUNT }).map(({ file }) => file)
const other = (file) => (file.startsWith("not_") ? file.slice(4) : `not_${file}`)
const flipped = new Set(new Random(Number(seed), Purpose.test).shuffle(files).slice(0, FLIPPED).map(other))
for (const file of flipped) renameSync(path.join(drawn, other(file)), path.join(drawn, file))
cnn("train", "--data", drawn, "--seed", seed, "--no-audit", "--out", run)

const audited = path.join(folder, "audited")
cnn("audit", "--doubt", run, "--out", audited)
const { doubts } = JSON.parse(readFileSync(path.join(audited, "audit.json"), "utf8")).doubt
for (const first of [25, 50, 75, doubts.length]) {
  const found = doubts.slice(0, first).filter(({ file }) => flipped.has(file)).length
  console.log(`${found} of ${FLIPPED} flipped labels are among the first ${first} of ${doubts.length} doubtful ones`)
}
