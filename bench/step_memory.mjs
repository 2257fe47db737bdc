/**
 * What a training step's tensors take, for docs/arena.md: forward, backward and update of one
 * batch. Nothing is run. `--kind gpu` counts with the kernels that a GPU is given.
 *
 *   npm run build && node bench/step_memory.mjs [--kind gpu]
 */
import { parseArgs } from "node:util"
import { tensorMemory } from "../dist/bench/alive.js"
import { build, refNetM, refNetS } from "../dist/bench/refnet.js"
import { openDevice } from "../dist/src/gpu/device.js"
import { Adam, bceWithLogits } from "../dist/src/index.js"
import { networkNamed } from "../dist/src/models/networks.js"
import { TensorGpu } from "../dist/src/tensor/tensor_gpu.js"

const { values } = parseArgs({ options: { kind: { type: "string", default: "software" } } })
const named = (name, size, batch) => [name, networkNamed(name).build(size, 1), size, batch]
const steps = [
  named("small", 80, 16),
  ["refnet-s", build(refNetS), refNetS.size, 32],
  ["refnet-m", build(refNetM), refNetM.size, 32],
  named("resnet18", 64, 16),
  named("resnet18", 224, 16),
  named("mobilenet_v2", 224, 16),
]
const open = await openDevice()
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
console.log("| network | pixels | batch | all tensors | alive at once | taken | taken / alive |")
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
for (const [name, network, size, batch] of steps) {
  const gpu = new TensorGpu({ ...open, info: { ...open.info, kind: values.kind } })
  const model = network.to(gpu)
  const adam = new Adam(model.parameters(), { lr: 1e-3 })
  const { every, alive, taken } = tensorMemory(gpu, () => {
    const x = gpu.tensor([batch, 1, size, size], () => [], { requiresGrad: false })
    bceWithLogits(
      model.forward(x),
      gpu.tensor([batch, 1], () => [], { requiresGrad: false }),
    ).backward()
    adam.step()
  })
  const cells = [name, size, batch, mb(every), mb(alive), mb(taken), (taken / alive).toFixed(3)]
  console.log(`| ${cells.join(" | ")} |`)
}
open.release()
