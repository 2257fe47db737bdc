/**
 * Which kernels a training step uses: a dry run of the step, in which each dispatch notes the
 * layers that it is for.
 */
import { phantom } from "../data/phantom.ts"
import type { OpenDevice } from "../gpu/adapter.ts"
import type { Consts } from "../gpu/kernel.ts"
import type { Plan } from "../gpu/plan.ts"
import type { Sequential } from "../layers/sequential.ts"
import { type Head, headFor } from "../models/head.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { TensorGpu } from "../tensor/tensor_gpu.ts"
import { defaultConfig } from "../train/defaults.ts"
import { EpochTotals } from "../train/epoch_totals.ts"
import { makeOptimizer } from "../train/recipe.ts"
import { TrainStep } from "../train/train_step.ts"

/** A kernel in a step. */
export interface Use {
  part: "augmentation" | "forward" | "loss" | "backward" | "optimiser"
  /** Names and kinds of layers, or of what else the part consists of. */
  of: string
  kernel: string
  consts: Consts
  /** How many follow each other; more than one where a long one is cut. */
  dispatches: number
  /** Why this kernel; none where the op has no other. */
  why?: string
}

/** A Gpu that notes each dispatch with the part of the step that it is for. */
class NotingGpu extends TensorGpu {
  readonly uses: Use[] = []
  #place: Pick<Use, "part" | "of"> = { part: "augmentation", of: "" }
  #why: string | undefined

  /** Dispatches from now on are for this. */
  at(part: Use["part"], of: string): void {
    this.#place = { part, of }
  }

  override runPlan(plan: Plan, tensors: Parameters<TensorGpu["runPlan"]>[1]): void {
    this.#why = plan.why
    super.runPlan(plan, tensors)
    this.#why = undefined
  }

  override run(...[kernel, tensors, params, threads, consts = {}]: Parameters<TensorGpu["run"]>): void {
    super.run(kernel, tensors, params, threads, consts)
    const use = { ...this.#place, kernel, consts, why: this.#why }
    const last = this.uses.at(-1)
    if (last && last.kernel === kernel && last.part === use.part && last.of === use.of) last.dispatches++
    else this.uses.push({ ...use, dispatches: 1 })
  }
}

/** The kernels of a step of `cnn train` in their order; nothing is computed. */
export function usesOf(open: OpenDevice, network: Sequential, size: number, batch: number): Use[] {
  const gpu = new NotingGpu(open)
  const model = network.to(gpu)
  const optimizer = makeOptimizer(defaultConfig, model.parameters())
  model.forward = (x) => noteLayers(gpu, model, x)
  optimizer.step = noteOptimizer(gpu, optimizer)
  const context = {
    gpu,
    data: phantom({ count: 2, seed: 0, size }),
    config: defaultConfig,
    head: notedHead(gpu),
    model,
    optimizer,
  }
  const step = new TrainStep({ ...context, totals: new EpochTotals(gpu) }, { seed: 0, norm: { mean: 0, sd: 1 } })
  gpu.needs(() => step.runOps([...new Array(batch).keys()], 1))
  return gpu.uses
}

function noteLayers(gpu: NotingGpu, model: Sequential, x: Tensor): Tensor {
  const kinds = new Map(model.layers().map(([name, layer]) => [name, layer.constructor.name]))
  const seen = new Set([x])
  let value = x
  // What a group of layers dispatched is known by its names only when it is done.
  let from = gpu.uses.length
  gpu.at("forward", "")
  for (const { names, y } of model.outputs(x)) {
    const of = names.map((name) => `${name} ${kinds.get(name)}`).join(", ")
    for (const use of gpu.uses.slice(from)) use.of = of
    noteBackward(gpu, y, of, seen)
    from = gpu.uses.length
    value = y
  }
  return value
}

/** Notes the backward of every op that `y` was made by since `seen`. */
function noteBackward(gpu: NotingGpu, y: Tensor, of: string, seen: Set<Tensor>): void {
  if (seen.has(y)) return
  seen.add(y)
  const { node } = y
  if (!node) return
  const { backward } = node
  node.backward = (dy) => {
    gpu.at("backward", of)
    const gradients = backward(dy)
    gpu.at("backward", "sums of gradients")
    return gradients
  }
  for (const input of node.inputs) noteBackward(gpu, input, of, seen)
}

function notedHead(gpu: NotingGpu): Head {
  const head = headFor(2)
  return {
    ...head,
    loss(logits, targets, totals) {
      gpu.at("loss", "")
      const loss = head.loss(logits, targets, totals)
      gpu.uses.at(-1)!.of = loss.node!.name
      noteBackward(gpu, loss, loss.node!.name, new Set([logits, targets]))
      return loss
    },
  }
}

function noteOptimizer(gpu: NotingGpu, optimizer: ReturnType<typeof makeOptimizer>): () => void {
  const step = optimizer.step.bind(optimizer)
  return () => {
    gpu.at("optimiser", optimizer.constructor.name)
    step()
  }
}
