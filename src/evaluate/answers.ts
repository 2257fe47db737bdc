/**
 * What a run's networks predict for images that they have not seen: each alone, and all together.
 */
import type { Dataset } from "../data/dataset.ts"
import type { Answered } from "../eval/evaluation.ts"
import { answerOf } from "../eval/metrics.ts"
import { headFor } from "../models/head.ts"
import { calibratedThreshold, logitOf, meanPrediction, meanThreshold } from "../run/mean_prediction.ts"
import type { RunImage } from "../run/read_run.ts"
import type { WeightsInfo } from "../weights/weights_file.ts"

type Labelled = Pick<Dataset, "files" | "groups" | "labels" | "classes">

/** @param logits of each image, an array per network */
export function networkAnswers(
  { groups, labels, classes }: Labelled,
  { threshold, temperature }: WeightsInfo,
  logits: readonly (readonly number[])[],
): Answered[] {
  const { probabilities } = headFor(classes.length)
  const at = { logit: logitOf(threshold) }
  return logits.map((own, i) => ({
    ...{ group: groups[i], label: labels[i], logits: own, temperature, threshold: at },
    probabilities: probabilities(own),
    calibrated: probabilities(own.map((logit) => logit / temperature)),
  }))
}

/**
 * The mean of the networks' probabilities, an entry per image, with the labels of `cnn predict`.
 */
export interface EnsembleAnswers {
  set: Answered[]
  images: RunImage[]
}

/** @param logits of each image, an array per network */
export function ensembleAnswers(
  { files, groups, labels, classes }: Labelled,
  infos: readonly WeightsInfo[],
  logits: readonly (readonly (readonly number[])[])[],
): EnsembleAnswers {
  const threshold = { logit: logitOf(meanThreshold(infos)), scaled: logitOf(calibratedThreshold(infos)) }
  const rows = logits.map((each, i) => {
    const { probabilities, calibrated, label } = meanPrediction(infos, each)
    const facts = { group: groups[i], label: labels[i], logits: logitsOf(probabilities), probabilities, calibrated }
    return { file: files[i], chosen: classes.indexOf(label), scaled: logitsOf(calibrated), ...facts }
  })
  return {
    set: rows.map(({ file: _f, chosen: _c, ...row }) => ({ ...row, temperature: 1, threshold })),
    images: rows.map(({ scaled: _, ...row }) => ({ ...row, answer: answerOf(row.probabilities), repeat: 0, fold: 0 })),
  }
}

/** One of the positive class, or one per class. Both probabilities, since one alone rounds to 1. */
function logitsOf(probabilities: readonly number[]): number[] {
  const logs = probabilities.map(Math.log)
  return logs.length === 2 ? [logs[1] - logs[0]] : logs
}
