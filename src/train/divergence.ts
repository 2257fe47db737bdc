/**
 * Where a training stopped having numbers. Nothing is read back in a step, so that it is known late. But a fold does the same
 * whenever it is done again: from the last good state on, each step is repeated and looked at.
 */
import type { Sequential } from "../layers/sequential.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { epochBatches } from "./batches.ts"
import { foldName } from "./fold_name.ts"
import { makeSchedule } from "./recipe.ts"
import { begin, type Fold, resume, type Workbench } from "./workbench.ts"

/** A training whose loss, gradient or weights are no numbers any more. They never become numbers again. */
export class Diverged extends Error {}

/** @param what was noticed */
export async function diverged(bench: Workbench, at: Fold, epoch: number, what: string): Promise<Diverged> {
  const { lr, clip } = bench.config
  // Without states that are kept it would be the whole fold.
  const where = bench.keeper ? await locate(bench, at) : null
  return new Diverged(
    `${foldName(at)}: ${what} in epoch ${epoch}: the training has diverged.${where ? ` ${where}` : ""} ` +
      `Use a learning rate under ${lr} (--lr)${clip > 0 ? "" : ", or clip gradients (--clip 1)"}.`,
  )
}

/** The first update with a number that is none, and the layer. */
async function locate(bench: Workbench, at: Fold): Promise<string> {
  const { optimizer, tally, gpu } = bench
  const steps = again(bench, at)
  for (const { number, total, run } of steps) {
    run()
    const [loss] = await tally.sums()
    const gradient = Number.isFinite(loss) ? await badGradient(bench.model) : null
    gpu.endStep()
    const update = `update ${optimizer.steps} (batch ${number} of ${total})`
    if (gradient) return `It began in ${update}, in the gradient of ${gradient}.`
    if (!Number.isFinite(loss)) return `It began in ${update}, in ${await badOutputOf(bench, at, number)}.`
  }
  const layer = await badOutput(gpu, bench.model, at.evaluation.images(at.split.validation))
  return `It began after update ${optimizer.steps}, over the validation images, in ${layer}.`
}

interface Again {
  /** Of the batch in its epoch, from 1, and of how many. */
  number: number
  total: number
  draws: number[]
  epoch: number
  run(): void
}

/** The steps from the last good state to the end of its epoch; the network is set back to that state. */
function again(bench: Workbench, at: Fold): Again[] {
  const { data, config, optimizer } = bench
  const { epoch, done } = at.last ? resume(bench, at.last, at.seed) : begin(bench, at.seed)
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

/** The layer whose output stops being finite in the forward of that batch, as the network is before its update. */
async function badOutputOf(bench: Workbench, at: Fold, number: number): Promise<string> {
  const steps = again(bench, at)
  for (const step of steps) {
    if (step.number === number) {
      bench.model.train()
      return badOutput(bench.gpu, bench.model, at.step.images(step.draws, step.epoch))
    }
    step.run()
    bench.gpu.endStep()
  }
  return "the loss"
}

async function badOutput(gpu: TensorGpu, model: Sequential, images: Tensor): Promise<string> {
  let x = images
  for (const [name, layer] of model.layers()) {
    x = gpu.noGrad(() => layer.forward(x))
    if (!(await allFinite(x))) {
      gpu.endStep()
      return `the output of layer ${name} (${layer.constructor.name})`
    }
  }
  gpu.endStep()
  return "the loss"
}

async function allFinite(tensor: Tensor): Promise<boolean> {
  return (await tensor.read()).every(Number.isFinite)
}

/** "8.weight (Conv2d)" */
function layerOf(model: Sequential, name: string): string {
  const path = name.split(".").slice(0, -1).join(".")
  const layer = [...model.modules()].find(([other]) => other === path)?.[1]
  return `${name} (${layer?.constructor.name})`
}
