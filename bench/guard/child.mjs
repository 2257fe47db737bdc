/**
 * One side of the guard: trains a network with the library of one checkout, in its own process,
 * since each library brings its own device. The networks are built here, through the library's
 * public names, which other commits have too.
 */
import { on } from "node:events"
import path from "node:path"
import { pathToFileURL } from "node:url"

const { project, network, adapter } = JSON.parse(process.argv[2])
const BATCH = 32
const cnn = await import(pathToFileURL(path.join(project, "dist/src/index.js")).href)

/** 3x3 convolutions, each with ReLU and a 2x2 max-pool, and two dense layers. */
function refnet(size, channels, hidden) {
  const layers = channels.flatMap((out, i) => [
    new cnn.Conv2d(channels[i - 1] ?? 1, out, { kernel: 3, padding: 1 }),
    ...[new cnn.ReLU(), new cnn.MaxPool2d({ kernel: 2 })],
  ])
  const inputs = channels.at(-1) * (size / 2 ** channels.length) ** 2
  return [...layers, new cnn.Flatten(), new cnn.Dense(inputs, hidden), new cnn.ReLU(), new cnn.Dense(hidden, 1)]
}

/** The default network of 0.2.0. */
function small(size) {
  const widths = [1, 8, 16, 32, 64]
  const layers = widths
    .slice(1)
    .flatMap((out, i) => [
      new cnn.Conv2d(widths[i], out, i ? { kernel: 3, padding: 1, bias: false } : { ...first, bias: false }),
      ...[new cnn.BatchNorm2d(out), new cnn.ReLU(), new cnn.AvgPool2d({ kernel: 2 })],
    ])
  return [...layers, new cnn.Flatten(), new cnn.Dense(64 * (size / 32) ** 2, 1)]
}
const first = { kernel: 5, stride: 2, padding: 2 }

const NETWORKS = {
  "refnet-s": [64, () => refnet(64, [16, 32, 64], 64)],
  "refnet-m": [128, () => refnet(128, [16, 32, 64, 128], 128)],
  small: [128, () => small(128)],
}

async function begin() {
  const [size, layers] = NETWORKS[network]
  const gpu = await cnn.openGpu({ adapter })
  const model = new cnn.Sequential(...layers()).to(gpu, { seed: 1 })
  const adam = new cnn.Adam(model.parameters(), { lr: 1e-4 })
  // Any images do, if both sides have the same.
  const images = Float32Array.from({ length: BATCH * size * size }, (_, i) => Math.sin(i * 12.9898) * 2)
  const x = gpu.persistent([BATCH, 1, size, size], images)
  const labels = gpu.persistent(
    [BATCH, 1],
    Float32Array.from({ length: BATCH }, (_, i) => i % 2),
  )
  const body = () => {
    const loss = cnn.bceWithLogits(model.forward(x), labels)
    loss.backward()
    adam.step()
    return loss
  }
  await gpu.compile(body)
  return { gpu, recording: gpu.record(body) }
}

const { gpu, recording } = await begin()
const [begun] = await recording.result.read()
gpu.endStep()
process.send({ adapter: gpu.adapter.name, loss: begun })

/** So many steps. @returns milliseconds per step, and the loss before the last */
for await (const [steps] of on(process, "message")) {
  const started = performance.now()
  let loss
  for (let step = 0; step < steps; step++) {
    loss = recording.replay()
    if (step < steps - 1) gpu.endStep()
    await gpu.done()
  }
  const ms = (performance.now() - started) / steps
  const [value] = await loss.read()
  gpu.endStep()
  process.send({ ms, loss: value })
}
