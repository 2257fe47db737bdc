/**
 * The network with one of the optimisers over all folds: in each the learning rate is chosen by the
 * highest AUC of the validation images, as the settings of traditional methods are.
 */
import type { Dataset } from "../data/dataset.ts"
import { rocAuc } from "../eval/auc.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { OptimizerName, TrainConfig } from "../train/config.ts"
import type { TrainContext } from "../train/context.ts"
import { compile, fitting, makeContext, networkFits, type PlannedFold } from "../train/cross_validation.ts"
import { Diverged } from "../train/divergence.ts"
import type { TrainEvent } from "../train/events.ts"
import { type FoldResult, trainFold } from "../train/fold.ts"
import type { FoldPlace } from "../train/fold_state.ts"
import type { Choice, Outcome, Tested } from "./contender.ts"

interface Optimization {
  title: string
  optimizer: OptimizerName
  weightDecay: number
  /** Highest of the schedule, ascending. */
  lrs: number[]
}

/** In the order of the table; `--optimizers` takes these names. */
export const optimizers: Record<string, Optimization> = {
  adam: { title: "CNN, Adam", optimizer: "adam", weightDecay: 0, lrs: [0.003, 0.01, 0.03] },
  sgd: { title: "CNN, SGD", optimizer: "sgd", weightDecay: 0, lrs: [0.1, 0.3, 1] },
  momentum: { title: "CNN, momentum", optimizer: "momentum", weightDecay: 0, lrs: [0.03, 0.1, 0.3] },
  rmsprop: { title: "CNN, RMSprop", optimizer: "rmsprop", weightDecay: 0, lrs: [0.001, 0.003, 0.01] },
  // Without weight decay it would be Adam; this one is PyTorch's.
  adamw: { title: "CNN, AdamW", optimizer: "adamw", weightDecay: 0.01, lrs: [0.003, 0.01, 0.03] },
}

/** Its name among the contenders. */
export const cnnId = (optimizer: string): string => `cnn-${optimizer}`

interface Job {
  gpu: TensorGpu
  data: Dataset
  config: TrainConfig
  /** What is trained; without it the built-in network that the config names. */
  network?: NetworkDefinition
  plan: readonly PlannedFold[]
  signal?: AbortSignal
}

interface Candidate {
  lr: number
  /** Of the validation images; null where it diverged, or where they are of one class. */
  auc: number | null
  /** Of the same; null where it diverged, as is the result. */
  loss: number | null
  result: FoldResult | null
}

/**
 * @param onProgress is told with each batch
 * @throws where all learning rates of a fold diverge
 */
export async function runOptimizer(
  name: string,
  { gpu, data, config, network, plan, signal }: Job,
  onProgress: (part: number) => void,
): Promise<Outcome> {
  const started = performance.now()
  const { title, lrs, optimizer, weightDecay } = optimizers[name]
  let begun = 0
  const emit = (event: TrainEvent) => {
    if (event.type !== "batch") return
    const { epoch, epochs, done, total } = event
    onProgress((begun + (epoch - 1 + done / total) / epochs) / (plan.length * lrs.length))
  }
  const context = makeContext(gpu, data, { ...config, optimizer, weightDecay }, { network, emit, signal })
  const choices: Choice[] = []
  const predictions: Tested[] = []
  const chooseAll = async () => {
    await compile(context, plan)
    for (const planned of plan) {
      const { repeat, fold } = planned
      const tried: Candidate[] = []
      for (const lr of lrs) {
        tried.push(await train(context, planned, { optimizer, weightDecay, lr }))
        onProgress(++begun / (plan.length * lrs.length))
      }
      const { choice, result } = bestOf(tried, { repeat, fold, title })
      choices.push(choice)
      for (const { index, logits } of result.predictions)
        predictions.push({ repeat, fold, index, score: logits[0], answer: logits[0] > 0 ? 1 : 0 })
    }
  }
  await networkFits(context)
  await fitting(context, plan, chooseAll)
  const seconds = (performance.now() - started) / 1000
  return { id: cnnId(name), title, kind: "cnn", choices, predictions, seconds }
}

/** By AUC, and where that is the same or there is none by the loss of the validation images. */
const isBetter = (a: Candidate, b: Candidate): boolean => {
  const [p, q] = [a, b].map(({ auc }) => auc ?? 0)
  return p === q ? (a.loss ?? Infinity) < (b.loss ?? Infinity) : p > q
}

/** @throws where all of them diverged */
export function bestOf(
  tried: readonly Candidate[],
  { title, ...place }: FoldPlace & { title: string },
): { choice: Choice; result: FoldResult } {
  const { lr, result } = tried.reduce((a, b) => (isBetter(b, a) ? b : a))
  const all = tried.map(({ lr, auc }) => ({ setting: { lr }, validation: auc }))
  if (result) return { choice: { ...place, setting: { lr }, tried: all }, result }
  throw new Error(`${title}: the training diverges with all learning rates: ${tried.map(({ lr }) => lr).join(", ")}`)
}

async function train(
  context: TrainContext,
  { repeat, fold, split, config }: PlannedFold,
  recipe: Pick<TrainConfig, "optimizer" | "weightDecay" | "lr">,
): Promise<Candidate> {
  const { lr } = recipe
  try {
    const result = await trainFold({ ...context, config: { ...config, ...recipe } }, { repeat, fold }, split)
    const { validation, history, bestEpoch } = result
    const loss = history.find(({ epoch }) => epoch === bestEpoch)!.validationLoss
    const labels = validation.map(({ index }) => context.data.labels[index])
    return { lr, auc: rocAuc(labels, validation.map(({ logits }) => logits[0])), loss, result } // biome-ignore format: a pair
  } catch (error) {
    if (error instanceof Diverged) return { lr, auc: null, loss: null, result: null }
    throw error
  }
}
