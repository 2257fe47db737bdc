/**
 * AUC without looking at the bone: DIR's labels and columns from TABLE, its groups from the column group.
 * docs/audit.md has what came out. Usage: npm run build && node research/without_bone.mjs DIR TABLE [COLUMN ...]
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { cluesOf, glance } from "../dist/src/audit/clues.js"
import { withoutBone } from "../dist/src/audit/without_bone.js"
import { breathing } from "../dist/src/classic/breath.js"
import { readLabels } from "../dist/src/data/labels_table.js"
import { matchLabels } from "../dist/src/data/match_labels.js"
import { decodeImage, fileFacts } from "../dist/src/data/read_image.js"
import { findImages } from "../dist/src/data/walk.js"

const [dir, table, ...columns] = process.argv.slice(2)
if (table === undefined) throw new Error("usage: node research/without_bone.mjs DIR TABLE [COLUMN ...]")
const size = 256

const { classes, ...labels } = await readLabels(table)
const { files, rows } = matchLabels({ classes, ...labels }, (await findImages(dir)).files)
const images = []
for (const file of files) {
  const bytes = await readFile(path.join(dir, file))
  const facts = await fileFacts(bytes)
  images.push({ ...facts, ...glance(await decodeImage(bytes, size), size, facts.width / facts.height) })
}
const ofColumns = columns.map((name) => [name, rows.map((row) => row.columns[name])])
const clues = cluesOf(images, Object.fromEntries(ofColumns))
const data = {
  ...{ files, classes, labels: Uint8Array.from(rows, ({ label }) => label) },
  groups: rows.map(({ group }, i) => group ?? files[i]),
}
for (const { name, auc } of await withoutBone(data, clues, breathing()))
  console.log(`${name}: ${auc.value?.toFixed(3)} (${auc.interval?.map((end) => end.toFixed(3)).join(" to ")})`)
