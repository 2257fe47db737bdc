// Draws the pictures of a run: node docs/images/make_run.mjs RUN [FOLDER]     RUN is the folder of
// `npx cnn train` with its defaults; after npm ci, which builds dist
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "csv-parse/sync"
import sharp from "sharp"
import { reliability } from "../../dist/src/eval/calibration.js"
import { heatmap } from "../../dist/src/explain/heatmap.js"
import { RunExplainer } from "../../dist/src/explain/run_explainer.js"
import { networks } from "../../dist/src/models/networks.js"
import { graysOf } from "../../dist/src/report/contact_sheet.js"
import { openGpu } from "../../dist/src/tensor/tensor_gpu.js"
import { foldSeed } from "../../dist/src/train/fold.js"
import { readWeights } from "../../dist/src/weights/read_weights.js"
import { at, box, COLOURS, label, path as line, picture, plot, SERIES, tag } from "./svg.mjs"

const [run, folder = path.dirname(fileURLToPath(import.meta.url))] = process.argv.slice(2)
if (!run) throw new Error("which run? node docs/images/make_run.mjs RUN [FOLDER]")
const table = (name) => parse(readFileSync(path.join(run, name)), { columns: true })

function lossCurves() {
  const history = table("history.csv")
  const last = Math.max(...history.map(({ epoch }) => Number(epoch)))
  const top = Math.max(...history.flatMap((row) => [Number(row.loss), Number(row.validation_loss)]))
  const axes = { y: 50, width: 300, height: 220, low: [0, 0], high: [last, Math.ceil(10 * top) / 10] }
  const part = (x, title, column) => {
    const { place, frame } = plot({ ...axes, x })
    const curves = SERIES.map((stroke, fold) => {
      const rows = history.filter((row) => Number(row.fold) === fold)
      const points = rows.map((row) => place([Number(row.epoch), Number(row[column])]))
      return line(points, { stroke, "stroke-width": 2 })
    })
    return [label(x, 35, title), frame, ...curves, label(x + 150, 310, "epoch", { "text-anchor": "middle" })].join("\n")
  }
  return picture(740, 350, "Loss of each fold, epoch by epoch", [
    part(50, "training loss", "loss"),
    part(420, "validation loss", "validation_loss"),
    ...SERIES.map(
      (fill, fold) => box(50 + 80 * fold, 326, 12, 12, { fill }) + label(68 + 80 * fold, 337, `fold ${fold}`),
    ),
  ])
}

function calibration() {
  const rows = table("predictions.csv")
  const { place, frame } = plot({ x: 60, y: 40, width: 300, height: 300 })
  const hits = rows.map((row) => (row.label === "fractured" ? 1 : 0))
  const bars = reliability(
    hits,
    rows.map((row) => Number(row.calibrated)),
  ).filter(({ n }) => n > 0)
  const dots = bars.map(({ n, said, came }) => {
    const [cx, cy] = place([said, came]).map(at)
    return tag("circle", { cx, cy, r: at(3 + Math.sqrt(n)), fill: COLOURS.blue, "fill-opacity": 0.5 })
  })
  return picture(400, 400, "Predicted probability against the share that is fractured", [
    label(60, 25, "share that is fractured"),
    frame,
    line([place([0, 0]), place([1, 1])], { stroke: COLOURS.grey, "stroke-dasharray": "4 4" }),
    ...dots,
    label(210, 385, "predicted probability, calibrated", { "text-anchor": "middle" }),
  ])
}

/** The eight filters of fold 0's first convolution, before training above and after it below. */
function filters() {
  const after = readWeights(path.join(run, "fold-0.safetensors")).weights.get("0.weight")
  const [count, , side] = after.shape
  const { size, train } = JSON.parse(readFileSync(path.join(run, "config.json"), "utf8"))
  const before = networks[train.model].build(size, 1).firstValues("0.weight", foldSeed(train.seed, 0))
  const most = Math.max(...[...before, ...after.data].map(Math.abs))
  const scale = 12
  const enlarged = (values, filter) => {
    const grays = graysOf(
      values.subarray(filter * side ** 2, (filter + 1) * side ** 2).map((value) => (value / most + 1) / 2),
    )
    return Uint8Array.from({ length: (side * scale) ** 2 }, (_, i) => {
      const [row, column] = [Math.floor(i / (side * scale)), i % (side * scale)]
      return grays[Math.floor(row / scale) * side + Math.floor(column / scale)]
    })
  }
  const images = [before, after.data].flatMap((values) =>
    Array.from({ length: count }, (_, filter) => enlarged(values, filter)),
  )
  return onWhite(images, side * scale, count)
}

/** Images side by side with white between them, since gray would be a weight of 0. */
async function onWhite(images, side, columns) {
  const gap = 6
  const [width, height] = [columns, images.length / columns].map((count) => count * (side + gap) - gap)
  const sheet = new Uint8Array(width * height).fill(255)
  for (const [k, image] of images.entries())
    for (let y = 0; y < side; y++) {
      const row = Math.floor(k / columns) * (side + gap) + y
      sheet.set(image.subarray(y * side, (y + 1) * side), row * width + (k % columns) * (side + gap))
    }
  return sharp(sheet, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer()
}

/** Four fractures that fold 0's network found among images it has not seen, and where it looked. */
async function heatmaps() {
  const gpu = await openGpu()
  const explainer = RunExplainer.open(gpu, run)
  const found = explainer.run.images.filter((image) => image.fold === 0 && image.file.startsWith("fractured/"))
  const side = 200
  const pictures = []
  for await (const { map, pixels } of explainer.explain(found.slice(0, 4))) {
    const raw = { width: explainer.size, height: explainer.size, channels: 1 }
    const film = await sharp(pixels, { raw }).resize(side, side, { kernel: "cubic" }).png().toBuffer()
    const heat = await sharp(await heatmap(pixels, map, explainer.size))
      .resize(side, side)
      .png()
      .toBuffer()
    pictures.push(film, heat)
  }
  gpu.close()
  const width = 4 * side + 12
  const height = 2 * side + 4
  const composite = pictures.map((input, k) => ({
    input,
    left: (k >> 1) * (side + 4),
    top: (k % 2) * (side + 4),
  }))
  const create = { width, height, channels: 3, background: "#fff" }
  return sharp({ create }).composite(composite).png({ palette: true }).toBuffer()
}

const write = (name, data) => writeFileSync(path.join(folder, name), data)
write("loss.svg", lossCurves())
write("calibration.svg", calibration())
write("filters.png", await filters())
write("heatmaps.png", await heatmaps())
