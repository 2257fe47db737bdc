/**
 * A network that nobody has trained yet, tried on a few images of noise: its mistakes show before
 * real images are read.
 */
import type { Dataset } from "../data/dataset.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import type { Module } from "../layers/module.ts"
import type { Sequential } from "../layers/sequential.ts"
import { countParameters } from "../layers/summary.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { Purpose, Random } from "../tensor/random.ts"
import { type Shape, show, Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { layersWithout } from "../weights/architecture.ts"
import type { TrainConfig } from "./config.ts"
import type { TrainContext } from "./context.ts"
import { makeContext } from "./cross_validation.ts"
import { allFinite, layerOf } from "./divergence.ts"
import { Inference } from "./inference.ts"
import { isTooLarge } from "./memory_fit.ts"
import { TrainStep } from "./train_step.ts"

const IMAGES = 4
/** Of the noise. */
const NORM = { mean: 0.5, sd: 0.29 }

interface Trial {
  size: number
  classes: readonly string[]
  config: TrainConfig
}

/**
 * Builds a network and does with it what training does: forward, backward, update, the same as a
 * recording, evaluation.
 *
 * @param gpu a device of its own: what the trial makes on it stays until it is closed
 * @throws naming the network, and the layer if it is one's fault
 */
export async function tryNetwork(gpu: TensorGpu, network: NetworkDefinition, trial: Trial): Promise<void> {
  const data = noise(trial)
  const { outputs } = headFor(trial.classes.length)
  await naming(network.name, async () => {
    const context = makeContext(gpu, data, trial.config, { network, emit: () => {} })
    const inference = new Inference(gpu, context.model, data, NORM, IMAGES)
    await tryLayers(inference, context.model, outputs)
    await tryTraining(context, inference)
    await tryEvaluation(inference, "after two updates")
  })
}

function noise({ size, classes }: Trial): Dataset {
  const random = new Random(0, Purpose.phantom, 0)
  const names = Array.from({ length: IMAGES }, (_, i) => `noise-${i}`)
  return {
    ...{ name: "noise", size, classes: [...classes], files: names, groups: names, grouping: "", skipped: [] },
    pixels: Uint8Array.from({ length: IMAGES * size ** 2 }, () => Math.floor(random.uniform(0, 256))),
    labels: Uint8Array.from(names, (_, i) => i % classes.length),
  }
}

/**
 * What shows without a device.
 *
 * @throws naming the network
 */
export function checkNetwork(network: NetworkDefinition, { size, classes }: Pick<Trial, "size" | "classes">): void {
  const { name } = network
  const { outputs } = headFor(classes.length)
  const built = network.build(size, outputs)
  // A layer of the user's own may forget to say its shape, which the trial finds out.
  if (layersWithout(built).length === 0) network.buildChecked(size, outputs)
  if (network.build(size, outputs) === built)
    throw new Error(`${name}: build returns the same Sequential each time; make a new one in build`)
  if (countParameters(built) === 0)
    throw new Error(`${name}: none of its layers has parameters, so there is nothing to train`)
  const paths = new Map<Module, string>()
  for (const [path, module] of built.modules()) {
    const first = paths.get(module)
    if (first !== undefined)
      throw new Error(`${name}: layers ${first} and ${path} are one object (${module.constructor.name}); make two`)
    paths.set(module, path)
  }
}

/** @throws with the network's name before the message */
async function naming(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    if (error instanceof DeviceLost || isTooLarge(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(message.startsWith(name) ? message : `${name}: ${message}`, { cause: error })
  }
}

/** One layer after the other, in training mode and in evaluation. */
async function tryLayers(inference: Inference, model: Sequential, outputs: number): Promise<void> {
  for (const mode of ["training", "evaluation"] as const) {
    let x = inference.images([...new Array(IMAGES).keys()])
    model.train(mode === "training")
    for (const [name, layer] of model.layers()) {
      const place = `layer ${name} (${layer.constructor.name})`
      x = await tryLayer(layer, x, `${place}, in ${mode},`)
    }
    inference.gpu.endStep()
    if (show(x.shape) !== show([IMAGES, outputs]))
      throw new Error(
        `its output is ${show(x.shape)} for ${IMAGES} images, expected ${show([IMAGES, outputs])}: ` +
          "as many logits as `outputs`, which build is given",
      )
  }
}

async function tryLayer(layer: Module, x: Tensor, place: string): Promise<Tensor> {
  const y = await run(layer, x, place)
  if (!(y instanceof Tensor)) throw new Error(`${place} returned ${String(y)}, expected a Tensor`)
  const declared = declaredShape(layer, x.shape, place)
  if (show(y.shape) !== show(declared))
    throw new Error(
      `${place} gives ${show(y.shape)} from ${show(x.shape)}, and its outputShape says ${show(declared)}. ` +
        "Override outputShape(shape) to say what forward does",
    )
  if (!(await allFinite(y))) throw new Error(`${place} gives numbers that are not finite, from images of noise`)
  return y
}

async function run(layer: Module, x: Tensor, place: string): Promise<Tensor> {
  try {
    const y = x.gpu.noGrad(() => layer.forward(x))
    await x.gpu.done()
    return y
  } catch (error) {
    throw new Error(`${place} failed on ${show(x.shape)}: ${(error as Error).message}`, { cause: error })
  }
}

function declaredShape(layer: Module, shape: Shape, place: string): Shape {
  try {
    return layer.outputShape(shape)
  } catch (error) {
    throw new Error(`${place} takes ${show(shape)}, and its outputShape refuses it: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Two updates: op by op, and as the recording that all later steps of a training replay. */
async function tryTraining(context: TrainContext, inference: Inference): Promise<void> {
  const { gpu, model, totals } = context
  const step = new TrainStep(context, { seed: 0, norm: NORM })
  // A learning rate that diverges is no mistake of the network.
  context.optimizer.lr = 1e-6
  const draws = [...new Array(IMAGES).keys()]
  for (let update = 1; update <= 2; update++) {
    try {
      step.run(draws, 1)
    } catch (error) {
      // The second update is recorded, and a recording that failed is nothing to run layers in.
      throw update === 1 ? backwardFailure(inference, model, error as Error) : error
    }
    const [loss] = await totals.sums()
    if (!Number.isFinite(loss)) throw new Error(`its loss is ${loss} in update ${update}, on images of noise`)
    for (const parameter of model.parameters().filter(({ requiresGrad }) => requiresGrad)) {
      const place = layerOf(model, parameter.name)
      if (!parameter.hasGradient)
        throw new Error(
          `no gradient reaches ${place}. Its layer's forward does not use it in an op, ` +
            "or the backward of an op behind it returns no gradient",
        )
      if (!(await allFinite(parameter.grad!)))
        throw new Error(`the gradient of ${place} is not finite in update ${update}, on images of noise`)
    }
    gpu.endStep()
  }
}

/** The error with the layer whose backward fails; as it is if each layer's backward runs alone. */
function backwardFailure(inference: Inference, model: Sequential, error: Error): Error {
  let x = inference.images([...new Array(IMAGES).keys()])
  for (const [name, layer] of model.layers()) {
    x.requiresGrad = true
    const y = layer.forward(x)
    try {
      if (y.requiresGrad) y.backward(x.gpu.ones(y.shape))
    } catch (cause) {
      const place = `layer ${name} (${layer.constructor.name})`
      return new Error(`the backward of ${place} failed: ${(cause as Error).message}`, { cause })
    }
    // A leaf, so that the next layer's backward ends here.
    y.node = undefined
    x = y
  }
  return error
}

async function tryEvaluation(inference: Inference, when: string): Promise<void> {
  const logits = await inference.logits([...new Array(IMAGES).keys()])
  if (logits.flat().every(Number.isFinite)) return
  throw new Error(`its logits are not finite in evaluation, ${when}`)
}
