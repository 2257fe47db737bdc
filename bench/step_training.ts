/**
 * Training steps of the reference networks, to be timed. The one place where a step is put
 * together.
 */
import { Adam, bceWithLogits, type Sequential } from "../src/index.ts"
import type { BenchGpu } from "./device.ts"
import { draw } from "./reference/gradcheck.ts"
import { BATCH } from "./refnet.ts"

export interface StepNetwork {
  network: Sequential
  /** Width and height of its images, in pixels. */
  size: number
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

/** Batches of 32 images, one logit, mean binary cross-entropy, Adam. */
export async function begin(gpu: BenchGpu, name: string, { network, size }: StepNetwork): Promise<Training> {
  const model = network.to(gpu, { seed: 1 })
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
