/**
 * What a training says while it runs. Whoever shows or stores it listens; the training itself
 * prints nothing.
 */
import type { KernelTime } from "../gpu/kernel_times.ts"
import type { Compiled } from "../gpu/pipelines.ts"
import type { Estimate } from "./estimate.ts"
import type { FoldResult } from "./fold.ts"

/** One line of history.csv. */
export interface EpochRow {
  repeat: number
  fold: number
  /** From 1. */
  epoch: number
  /** Mean over the training images as seen (augmented, dropout on). */
  loss: number
  accuracy: number
  /** null without validation images. */
  validationLoss: number | null
  validationAccuracy: number | null
  /** Of the last update of the epoch. */
  lr: number
  /** Training images per second. */
  imagesPerSecond: number
  /** Whether these are the weights that are kept so far: the best, or as `keep` says the last. */
  best: boolean
}

export type TrainEvent =
  | { type: "compiling"; done: number; total: number }
  | { type: "compile"; pipelines: readonly Compiled[]; seconds: number }
  /** Before the first fold, where it was asked for. */
  | ({ type: "estimate" } & Estimate)
  /** The run's first training step, from its first op until the adapter was done with it. */
  | { type: "first-step"; seconds: number }
  | {
      type: "fold"
      repeat: number
      repeats: number
      fold: number
      folds: number
      train: number
      validation: number
      test: number
      /** Part of its epochs that was done before a pause; absent where it begins. */
      before?: number
    }
  | {
      type: "batch"
      fold: number
      epoch: number
      epochs: number
      /** Batches of this epoch done, and their number. */
      done: number
      total: number
      /** Running means of this epoch. */
      loss: number
      accuracy: number
      imagesPerSecond: number
    }
  /** Images of a part that were looked at without being trained on. */
  | { type: "evaluate"; fold: number; part: "validation" | "test"; done: number; total: number }
  | ({ type: "epoch"; epochs: number } & EpochRow)
  | { type: "fold-end"; result: FoldResult }
  /** Where the adapter spent a fold's time; only while the GPU is traced. */
  | { type: "trace"; repeat: number; fold: number; kernels: readonly KernelTime[] }

export type Emit = (event: TrainEvent) => void
