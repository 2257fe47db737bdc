/** Training steps of the reference networks, to be timed. The one place where a step is put together. */
import { Adam, bceWithLogits, type Sequential } from "../src/index.ts"
import type { NetworkDefinition } from "../src/models/define_network.ts"
import { networks } from "../src/models/networks.ts"
import type { BenchGpu } from "./device.ts"
import { draw } from "./reference/gradcheck.ts"
import { BATCH, build, type RefNet, refNetM, refNetS } from "./refnet.ts"

export interface StepNetwork {
  size: number
  build(): Sequential
}

const refNet = (net: RefNet): StepNetwork => ({ size: net.size, build: () => build(net) })
/** A network of `--model`, for images of its own size. */
export const stepNetwork = (network: NetworkDefinition): StepNetwork => ({
  size: network.size,
  build: () => network.buildChecked(network.size, 1),
})

/** By name. Batches of 32 images, one logit, mean binary cross-entropy, Adam. */
export const STEP_NETWORKS: Record<string, StepNetwork> = {
  "refnet-s": refNet(refNetS),
  "refnet-m": refNet(refNetM),
  ...Object.fromEntries(Object.entries(networks).map(([name, network]) => [name, stepNetwork(network)])),
}

/** A network in training on a device of its own, so that what it compiles is all its own. */
export interface Training {
  name: string
  /** Width and height of its images, in pixels. */
  size: number
  gpu: BenchGpu
  model: Sequential
  /** Forward, backward, update of one batch. */
  ops(): void
  /** The same, recorded: what a steady step does. */
  replay(): void
  pipelines: number
  /** All pipelines, asynchronously and at once. */
  compileMs: number
  /** The first step after that. */
  firstMs: number
}

export async function begin(gpu: BenchGpu, name: string, { size, build }: StepNetwork): Promise<Training> {
  const model = build().to(gpu, { seed: 1 })
  const adam = new Adam(model.parameters(), { lr: 1e-4 })
  const images = draw([BATCH, 1, size, size], 1)
  const labels = Float32Array.from({ length: BATCH }, (_, i) => i % 2)
  const given = { requiresGrad: false }
  const ops = () => {
    const x = gpu.tensor([BATCH, 1, size, size], () => images, given)
    const loss = bceWithLogits(
      model.forward(x),
      gpu.tensor([BATCH, 1], () => labels, given),
    )
    loss.backward()
    adam.step()
  }
  const started = performance.now()
  await gpu.compile(ops)
  const compiled = performance.now()
  const { pipelines } = gpu.counters
  const recording = gpu.record(ops)
  gpu.endStep()
  await gpu.done()
  const firstMs = performance.now() - compiled
  return {
    name,
    size,
    gpu,
    model,
    ops,
    replay: () => recording.replay(),
    pipelines,
    compileMs: compiled - started,
    firstMs,
  }
}
