/** What checkpoints and finished folds keep beside their tensors. */
import { anyNumber, count, flag, type InferOutput, keyed, list, nullable, object, optional, type Schema, text, tuple, whole } from "../files/schema.ts" // biome-ignore format: a list
import type { EpochRow } from "../train/events.ts"
import type { FinishedFold } from "../train/fold.ts"
import type { FoldState } from "../train/fold_state.ts"

const row = object({
  ...keyed(["repeat", "fold", "epoch"], count).entries,
  ...keyed(["loss", "accuracy", "lr", "imagesPerSecond"], anyNumber).entries,
  ...keyed(["validationLoss", "validationAccuracy"], nullable(anyNumber)).entries,
  best: flag,
}) satisfies Schema<EpochRow>

const numbers = list(anyNumber)
const output = { index: count, logits: numbers, probabilities: numbers }
const place = { repeat: count, fold: count }

/** Of one network's parameters: there is one for each model that is optimised. */
const MOST_PACKS = 1000

const state = object({
  ...{ ...place, epoch: count, done: count, history: list(row), seconds: anyNumber, dropouts: numbers },
  best: nullable(object({ row, validation: list(object(output)) })),
  sums: tuple([anyNumber, anyNumber]),
  optimizer: object({ steps: count, packs: whole(0, MOST_PACKS), states: list(text) }),
}) satisfies Schema<Omit<FoldState, "weights" | "optimizer" | "best">>

export type LeanState = InferOutput<typeof state>

/** Of any version. */
export const formatSchema = object({ format: anyNumber })

export const manifestSchema = object({
  format: anyNumber,
  /** See `runId`. */
  run: text,
  /** SHA-256 of the file that holds them. */
  tensors: text,
  state,
})

const threshold = object({
  ...{ probability: anyNumber, logit: anyNumber, why: optional(text) },
  ...keyed(["sensitivity", "specificity"], nullable(anyNumber)).entries,
})

const result = object({
  ...{ ...place, history: list(row), bestEpoch: count, normalisation: object({ mean: anyNumber, sd: anyNumber }) },
  ...{ validation: list(object(output)), threshold: nullable(threshold), seconds: anyNumber },
  temperature: object({ value: anyNumber, why: optional(text) }),
  predictions: list(object({ ...place, ...output, calibrated: numbers, answer: count })),
}) satisfies Schema<FinishedFold>

export const foldSchema = object({
  run: text,
  /** SHA-256 of the fold's weights file. */
  weights: text,
  result,
})
