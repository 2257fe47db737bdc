/**
 * k-fold cross-validation: every image is tested once, by a network that saw nothing of its group.
 */

import type { Dataset } from "../data/dataset.ts"
import { folds, innerSplit } from "../data/folds.ts"
import { OutOfMemory } from "../gpu/memory.ts"
import { freeze } from "../layers/freeze.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { networkNamed } from "../models/networks.ts"
import { Purpose, pcg4d } from "../tensor/random.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { Weights } from "../weights/weights.ts"
import { allSteps } from "./all_steps.ts"
import type { TrainConfig } from "./config.ts"
import type { Checkpointer, Split, TrainContext } from "./context.ts"
import { EpochTotals } from "./epoch_totals.ts"
import { estimate } from "./estimate.ts"
import type { Emit } from "./events.ts"
import { type FoldResult, trainFold } from "./fold.ts"
import type { FoldPlace, FoldState } from "./fold_state.ts"
import { inBatches } from "./memory_fit.ts"
import { columnFolds, givenSplit, type Images } from "./own_folds.ts"
import { makeOptimizer } from "./recipe.ts"

/** Of the folds and weights of a repeat; the first one has the run's own. */
export const repeatSeed = (seed: number, repeat: number): number =>
  repeat === 0 ? seed : pcg4d(seed, Purpose.repeat, repeat, 0)[0]

/** One fold of one repeat: its parts, and the config with that repeat's seed. */
export interface PlannedFold extends FoldPlace {
  split: Split
  config: TrainConfig
}

/** All folds of a run, in order. */
export function planFolds(data: Dataset, config: TrainConfig): PlannedFold[] {
  return Array.from({ length: config.repeats }, (_, repeat) => {
    const seeded = { ...config, seed: repeatSeed(config.seed, repeat) }
    return splits(data, seeded).map((split, fold) => ({ repeat, fold, split, config: seeded }))
  }).flat()
}

/** The parts of every fold: a pure function of the sorted files, their groups and the seed. */
export function splits(
  data: Images,
  config: Pick<TrainConfig, "folds" | "seed" | "validation" | "split" | "foldsBy" | "keep" | "sensitivity">,
): Split[] {
  if (config.split === "given") return [givenSplit(data, config)]
  const { seed, validation } = config
  const { foldOf, k } = testFolds(data, config)
  const all = [...data.files.keys()]
  return Array.from({ length: k }, (_, fold) => {
    const test = all.filter((index) => foldOf[index] === fold)
    const rest = all.filter((index) => foldOf[index] !== fold)
    return { test, ...innerSplit(data, rest, { fraction: validation, seed, fold }) }
  })
}

/** The fold in which each image is tested. */
function testFolds(data: Images, { folds: k, seed, foldsBy }: Pick<TrainConfig, "folds" | "seed" | "foldsBy">) {
  if (foldsBy === undefined) return { foldOf: folds(data, { k, seed }), k }
  const { foldOf, values } = columnFolds(data, foldsBy)
  return { foldOf, k: values.length }
}

/** The column's value that each fold tests; undefined where folds are not those of a column. */
export const foldValues = (data: Dataset, { foldsBy }: Pick<TrainConfig, "foldsBy">): string[] | undefined =>
  foldsBy === undefined ? undefined : columnFolds(data, foldsBy).values

/**
 * The config with the number of folds that these images have. @throws where they cannot be divided
 * so
 */
export function withFolds(data: Dataset, config: TrainConfig): TrainConfig {
  if (config.split === undefined && config.foldsBy === undefined) return config
  return { ...config, folds: splits(data, config).length }
}

export interface CrossValidation {
  /** What is trained; without it the built-in network that the config names. */
  network?: NetworkDefinition
  /** Is told of everything that happens. */
  emit?: Emit
  /** Ends the run after the current batch. */
  signal?: AbortSignal
  checkpointer?: Checkpointer
  /** Tensors that a fold's network begins with, by name; those it leaves out are drawn. */
  initial?: (place: FoldPlace) => Weights
  /** Whether to emit an estimate of time, memory and disk, which takes a few steps to measure. */
  estimated?: boolean
  /** Folds that are finished already, and are left out. */
  finished?: readonly FoldPlace[]
  /** Where the first of the others was left. */
  from?: FoldState | null
}

/**
 * Trains and tests all folds, one after the other: by patient if `data.groups` are patients.
 *
 *     const results = await crossValidate(gpu, data, { ...defaultConfig, epochs: 4 }, { network })
 *     evaluate(outOfFold(data, results), data.classes)
 *
 * @param data images in memory, such as `loadFolder` and `phantom` make them
 * @param asked its `model` is used only if the options give no network
 * @returns the folds that were finished; all of them, except after the signal
 * @throws what went wrong, also after the signal: only its own reason ends the run in peace
 */
export async function crossValidate(
  gpu: TensorGpu,
  data: Dataset,
  asked: TrainConfig,
  {
    network,
    emit = () => {},
    signal,
    checkpointer,
    initial,
    estimated,
    finished = [],
    from = null,
  }: CrossValidation = {},
): Promise<FoldResult[]> {
  checkLabels(data)
  const config = withFolds(data, asked)
  checkTwoClasses(data, config)
  const left = planFolds(data, config).filter((fold) => !finished.some((other) => isSame(fold, other)))
  const results: FoldResult[] = []
  if (left.length === 0) return results
  const context = { ...makeContext(gpu, data, config, { network, emit, signal }), checkpointer }
  await networkFits(context)
  await fitting(context, left, async () => {
    await compile(context, left)
    if (estimated) emit({ type: "estimate", ...(await estimate(context, left, from)) })
    await trainFolds(context, left, { initial, from, results })
  })
  return results
}

/** @param results those that are finished are added to */
async function trainFolds(
  context: TrainContext,
  left: readonly PlannedFold[],
  { initial, from, results }: Pick<CrossValidation, "initial"> & { from: FoldState | null; results: FoldResult[] },
): Promise<void> {
  const { emit, signal } = context
  for (const { repeat, fold, split, config } of left) {
    const { train, validation, test } = split
    const state = from && isSame(from, { repeat, fold }) ? from : null
    emit({
      type: "fold",
      ...{ fold, folds: config.folds, repeat, repeats: config.repeats },
      train: train.length,
      validation: validation.length,
      test: test.length,
      ...(state && { before: (state.epoch - 1) / config.epochs }),
    })
    try {
      const begun = { ...context, config, initial: initial?.({ repeat, fold }) }
      const result = await trainFold(begun, { repeat, fold }, split, state)
      results.push(result)
      emit({ type: "fold-end", result })
    } catch (error) {
      if (signal?.aborted && error === signal.reason) break
      throw error
    }
  }
}

/**
 * @throws where the adapter's memory does not hold the network itself, with what its optimiser
 * keeps
 */
export async function networkFits({ gpu, model, data }: TrainContext): Promise<void> {
  try {
    await gpu.done()
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error
    const numbers = model.parameters().reduce((sum, { size }) => sum + size, 0)
    const text =
      `the network does not fit on ${gpu.adapter.name}: no memory left for its ${numbers.toLocaleString("en-US")} ` +
      `parameters, their gradients and what the optimiser keeps: ${error.message}. ` +
      `Use smaller images than ${data.size} x ${data.size} pixels (--size), or another --model or --optimizer`
    throw new OutOfMemory(text, { cause: error })
  }
}

/**
 * Does `body`. @throws where the adapter's memory does not hold it, with the largest batch that it
 * holds
 */
export async function fitting(
  context: TrainContext,
  plan: readonly PlannedFold[],
  body: () => Promise<void>,
): Promise<void> {
  const { gpu, data, config } = context
  const needs = (batch: number) => [gpu.needs(() => allSteps(context, plan, batch))]
  await inBatches(gpu, { batch: config.batch, size: data.size, needs, else: "smaller images (--size)" }, body)
}

export const isSame = (a: FoldPlace, b: FoldPlace): boolean => a.repeat === b.repeat && a.fold === b.fold

/** @throws if a label is not the index of a class: its loss would be NaN */
function checkLabels({ labels, classes, files }: Dataset): void {
  const at = labels.findIndex((label) => !classes[label])
  if (at < 0) return
  throw new Error(
    `The label of ${files[at]} is ${labels[at]}, expected 0 to ${classes.length - 1}: an index into the classes ` +
      `${classes.join(", ")}.`,
  )
}

/** @throws when something is asked for that more than two classes do not have */
function checkTwoClasses({ classes }: Dataset, { posWeight, sensitivity }: TrainConfig): void {
  if (classes.length === 2) return
  const why = `is for two classes, and there are ${classes.length}: ${classes.join(", ")}.`
  if (posWeight !== 1) throw new Error(`--pos-weight ${why} Use --sampling balanced, which is for any number.`)
  if (sensitivity !== null) throw new Error(`--sensitivity ${why} Leave it out: the most probable class is answered.`)
}

export function makeContext(
  gpu: TensorGpu,
  data: Dataset,
  config: TrainConfig,
  { network = networkNamed(config.model), emit, signal }: Pick<CrossValidation, "network" | "signal"> & { emit: Emit },
): TrainContext {
  const head = headFor(data.classes.length)
  const model = network.build(data.size, head.outputs).to(gpu)
  if (config.freeze) freeze(model, config.freeze)
  const optimizer = makeOptimizer(config, model.parameters())
  return {
    gpu,
    data,
    config,
    head,
    model,
    optimizer,
    totals: new EpochTotals(gpu),
    emit,
    signal,
    announced: { firstStep: false },
  }
}

/**
 * Compiles all kernels of training and evaluation at once, before the first step, and makes the
 * memory of all steps: what does not fit is known before anything is trained.
 */
export async function compile(context: TrainContext, plan: readonly PlannedFold[]): Promise<void> {
  const started = performance.now()
  const { gpu, config } = context
  const onProgress = (done: number, total: number) => context.emit({ type: "compiling", done, total })
  const pipelines = await gpu.compile(() => allSteps(context, plan, config.batch), onProgress)
  await gpu.done()
  context.emit({ type: "compile", pipelines, seconds: (performance.now() - started) / 1000 })
}
