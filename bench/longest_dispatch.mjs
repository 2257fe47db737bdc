// The longest dispatches of a training step: node bench/longest_dispatch.mjs MODEL SIZE BATCH
// after npm run build
import { openDevice } from "../dist/src/gpu/device.js"
import { Adam, bceWithLogits } from "../dist/src/index.js"
import { networks } from "../dist/src/models/networks.js"
import { TensorGpu } from "../dist/src/tensor/tensor_gpu.js"

const STEPS = 5
const SHOWN = 5

const [model, ...numbers] = process.argv.slice(2)
const [size, batch] = numbers.map(Number)
if (!networks[model] || !size || !batch)
  throw new Error(`expected ${Object.keys(networks).join(" or ")}, width and batch: seed 256 16`)

const gpu = new TensorGpu(await openDevice({ profile: true, untuned: true }))
const network = networks[model].build(size, 1).to(gpu).train()
const adam = new Adam(network.parameters(), { lr: 1e-3 })
const images = Float32Array.from({ length: batch * size * size }, (_, i) => (i % 7) / 7)
const step = () => {
  const x = gpu.tensor([batch, 1, size, size], images, { requiresGrad: false })
  bceWithLogits(network.forward(x), gpu.ones([batch, 1])).backward()
  adam.step()
}
await gpu.compile(step)
// The first one also makes the buffers.
step()
gpu.endStep()
await gpu.done()
gpu.startTrace()
const longest = new Map()
for (let i = 0; i < STEPS; i++) {
  step()
  gpu.endStep()
  await gpu.done()
  for (const { kernel, milliseconds } of await gpu.takeTrace())
    longest.set(kernel, Math.max(milliseconds, longest.get(kernel) ?? 0))
}
const rows = [...longest].sort((a, b) => b[1] - a[1]).slice(0, SHOWN)
for (const [kernel, milliseconds] of rows) console.log(`${milliseconds.toFixed(0).padStart(6)} ms  ${kernel}`)
gpu.close()
