/**
 * Where a training stopped having numbers. Nothing is read back in a step, so that it is known
 * late. But a fold does the same whenever it is done again: from the last good state on, each step
 * is repeated and looked at.
 */
import type { Sequential } from "../layers/sequential.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { snapshot } from "../weights/weights.ts"
import { epochBatches } from "./batches.ts"
import { begin, type Fold, resume, type TrainContext } from "./context.ts"
import { foldName } from "./fold_name.ts"
import { makeSchedule } from "./recipe.ts"

/**
 * A training whose loss, gradient or weights are no numbers any more. They never become numbers
 * again.
 */
export class Diverged extends Error {}

const LOSS = "the loss, though all outputs are numbers: is each label one of the classes?"

/** @param what was noticed */
export async function diverged(context: TrainContext, at: Fold, epoch: number, what: string): Promise<Diverged> {
  const { lr, clip } = context.config
  // Without states that are kept it would be the whole fold.
  const where = context.checkpointer ? await locate(context, at) : null
  return new Diverged(
    `${foldName(at)}: ${what} in epoch ${epoch}: the training has diverged.${where ? ` ${where}` : ""} ` +
      `Use a learning rate under ${lr} (--lr)${clip > 0 ? "" : ", or clip gradients (--clip 1)"}.`,
  )
}

/**
 * The first update with a number that is none, and the layer; null where it is not found, or not
 * waited for.
 */
async function locate(context: TrainContext, at: Fold): Promise<string | null> {
  const { optimizer, totals, gpu, signal } = context
  const steps = again(context, at)
  for (const { number, total, run } of steps) {
    if (signal?.aborted) return null
    run()
    const [loss] = await totals.sums()
    const gradient = Number.isFinite(loss) ? await badGradient(context.model) : null
    gpu.endStep()
    const update = `update ${optimizer.steps} (batch ${number} of ${total})`
    if (gradient) return `It began in ${update}, in the gradient of ${gradient}.`
    if (!Number.isFinite(loss)) return `It began in ${update}, in ${await badOutputOf(context, at, number)}.`
    const updated = await badUpdate(context)
    if (updated) return `It began in ${update}, in ${updated}.`
  }
  const output = await badOutput(gpu, context.model, at.inference.images(at.split.validation))
  return output && `It began after update ${optimizer.steps}, over the validation images, in ${output}.`
}

interface Again {
  /** Of the batch in its epoch, from 1, and of how many. */
  number: number
  total: number
  draws: number[]
  epoch: number
  run(): void
}

/**
 * The steps from the last good state to the end of its epoch; the network is set back to that
 * state.
 */
function again(context: TrainContext, at: Fold): Again[] {
  const { data, config, optimizer } = context
  const { epoch, done } = at.last ? resume(context, at.last, at.seed) : begin(context, at.seed)
  const order = epochBatches(data, config, at.split.train, at.seed, epoch)
  const schedule = makeSchedule(config, order.length)
  return order.slice(done).map((draws, i) => {
    const number = done + i + 1
    const run = () => {
      optimizer.lr = schedule((epoch - 1) * order.length + number - 1)
      at.step.run(draws, epoch)
    }
    return { number, total: order.length, draws, epoch, run }
  })
}

/** Backward goes from the last layer to the first, so that it began in the last one. */
async function badGradient(model: Sequential): Promise<string | null> {
  for (const parameter of model.parameters().reverse()) {
    const { grad, hasGradient } = parameter
    if (hasGradient && grad && !(await allFinite(grad))) return layerOf(model, parameter.name)
  }
  return null
}

/**
 * The layer whose output stops being finite in the forward of that batch, as the network is before
 * its update.
 */
async function badOutputOf(context: TrainContext, at: Fold, number: number): Promise<string> {
  const steps = again(context, at)
  for (const step of steps) {
    if (step.number === number) {
      context.model.train()
      return (await badOutput(context.gpu, context.model, at.step.images(step.draws, step.epoch))) ?? LOSS
    }
    step.run()
    context.gpu.endStep()
  }
  return LOSS
}

/**
 * What is not finite behind an update: a weight, a running statistic, or what the optimiser keeps
 * of a weight.
 */
async function badUpdate({ model, optimizer }: TrainContext): Promise<string | null> {
  const parameters = new Map(model.parameters().map((parameter) => [parameter.name, parameter]))
  for (const [name, { data }] of await snapshot(model)) {
    if (data.every(Number.isFinite)) continue
    return `the ${parameters.has(name) ? "update" : "running statistics"} of ${layerOf(model, name)}`
  }
  const packs = [...new Set(optimizer.parameters.map(({ pack }) => pack))]
  const { states } = await optimizer.state()
  for (const { name, pack, offset, size } of parameters.values()) {
    const kept = Object.values(states).map((arrays) => arrays[packs.indexOf(pack)].subarray(offset, offset + size))
    if (!kept.every((numbers) => numbers.every(Number.isFinite))) return `the update of ${layerOf(model, name)}`
  }
  return null
}

async function badOutput(gpu: TensorGpu, model: Sequential, images: Tensor): Promise<string | null> {
  let x = images
  for (const [name, layer] of model.layers()) {
    x = gpu.noGrad(() => layer.forward(x))
    if (!(await allFinite(x))) {
      gpu.endStep()
      return `the output of layer ${name} (${layer.constructor.name})`
    }
  }
  gpu.endStep()
  return null
}

export async function allFinite(tensor: Tensor): Promise<boolean> {
  return (await tensor.read()).every(Number.isFinite)
}

/** "8.weight (Conv2d)" */
export function layerOf(model: Sequential, name: string): string {
  const path = name.split(".").slice(0, -1).join(".")
  const layer = [...model.modules()].find(([other]) => other === path)?.[1]
  return `${name} (${layer?.constructor.name})`
}
