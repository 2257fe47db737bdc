/**
 * Cross-validates a network of your own on a folder with a folder per class: each patient is tested
 * by a network that has not seen them. Patients come from GROUP_BY, a regular expression on the
 * path, else from groups.csv, DICOM files or numbers in file names. Each fold's network is saved in
 * FOLDER-networks. Without a folder, it draws one. Run: npm run build && node
 * dist/examples/own_data.js [FOLDER] [EPOCHS] [GROUP_BY]
 */
import { execSync } from "node:child_process"
import { mkdirSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import * as cnn from "cnn"
import { loadFolder, saveNetwork } from "cnn/node"

const block = (from: number, to: number, kernel = 3, stride = 1) => [
  new cnn.Conv2d(from, to, { kernel, stride, padding: (kernel - 1) / 2, bias: false }),
  ...[new cnn.BatchNorm2d(to), new cnn.ReLU()],
]
const network = cnn.defineNetwork({
  size: 80,
  build(_size, outputs) {
    const halve = () => new cnn.MaxPool2d({ kernel: 2 })
    const features = [...block(1, 8, 5, 2), halve(), ...block(8, 16), halve(), ...block(16, 32), halve()]
    return new cnn.Sequential(...features, ...block(32, 64), new cnn.GlobalAvgPool(), new cnn.Dense(64, outputs))
  },
})

const args = process.argv.slice(2)
if (args.length === 0) {
  args.push(mkdtempSync(`${tmpdir()}/cnn-own-data-`), "16", "^.*-[0-9]{3}") // Five images of each patient.
  execSync(`npx cnn phantom "${args[0]}" --count 240`)
}
const [folder, epochs = 16, groupBy] = args
mkdirSync(`${folder}-networks`) // Fails now, not after the training, if there is one.
const data = await loadFolder(folder, { size: network.size, groupBy })
console.log(`${data.files.length} images: ${data.classes.join(", ")}. ${data.grouping}`)

const gpu = await cnn.openGpu()
const config = { ...cnn.defaultConfig, folds: 3, epochs: Number(epochs) }
const results = await cnn.crossValidate(gpu, data, config, { network })
for (const fold of results) saveNetwork(`${folder}-networks/fold-${fold.fold}.safetensors`, fold, { data, network })
gpu.close()

const rounded = (value: number) => value.toFixed(3)
const images = cnn.outOfFold(data, results)
for (const [what, set] of Object.entries({ images, patients: cnn.patients(images).set })) {
  const found = cnn.evaluate(set, data.classes)
  const { auc, accuracy } = "atChosen" in found ? { ...found.ranking, ...found.atChosen } : found.figures
  for (const [name, { value, interval }] of Object.entries({ auc, accuracy }))
    console.log(`${found.n} ${what}: ${name} ${value?.toFixed(3)}, 95 % CI ${interval?.map(rounded).join(" to ")}`)
}
