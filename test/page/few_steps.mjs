/**
 * A few steps of training on the phantom and a look at the network, over dist: the same in Node and
 * in a browser.
 */
import { drawPhantoms } from "../../dist/src/data/phantom.js"
import { CamExplainer } from "../../dist/src/explain/cam_explainer.js"
import { Adam, openGpu } from "../../dist/src/index.js"
import { headFor } from "../../dist/src/models/head.js"
import { networks } from "../../dist/src/models/networks.js"
import { normalisation } from "../../dist/src/train/batches.js"
import { defaultConfig } from "../../dist/src/train/defaults.js"
import { EpochTotals } from "../../dist/src/train/epoch_totals.js"
import { TrainStep } from "../../dist/src/train/train_step.js"

const SIZE = 32

function drawn() {
  const drawing = drawPhantoms({ count: 8, seed: 0, size: SIZE })
  let next = drawing.next()
  while (!next.done) next = drawing.next()
  return next.value
}

/** @returns the loss of each step, and a heatmap of an image with a fracture */
export async function fewSteps(steps) {
  const gpu = await openGpu({ adapter: "software" })
  const data = drawn()
  const images = [...data.labels.keys()]
  const norm = normalisation(data, images)
  const head = headFor(2)
  const model = networks.small.build(SIZE, head.outputs).to(gpu, { seed: 3 })
  const totals = new EpochTotals(gpu)
  const optimizer = new Adam(model.parameters(), { lr: 0.01 })
  const config = { ...defaultConfig, clip: 1 }
  const step = new TrainStep({ gpu, data, config, head, model, optimizer, totals }, { seed: 5, norm })
  const losses = []
  for (let i = 0; i < steps; i++) {
    step.run(images, i)
    gpu.endStep()
    losses.push((await totals.read(images.length)).loss)
    totals.reset()
  }
  const info = { normalisation: norm, outputs: head.outputs }
  const [map] = await new CamExplainer(gpu, { model, info }, data, { method: "grad-cam" }).maps(
    [images.length - 1],
    [1],
  )
  gpu.close()
  return { losses, map: [...map], adapter: gpu.adapter }
}
