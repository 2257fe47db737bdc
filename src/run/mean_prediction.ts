/**
 * What several networks say of an image together: the mean of their probabilities, and the class
 * that it stands for.
 */
import { sigmoid } from "../eval/calibration.ts"
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"
import { headFor } from "../models/head.ts"
import type { WeightsInfo } from "../weights/weights_file.ts"

/** Of one image; an entry a class. */
export interface Prediction {
  probabilities: number[]
  /** After temperature scaling. */
  calibrated: number[]
  /**
   * Of two classes the second where its probability is above the threshold; of more the most
   * probable.
   */
  label: string
}

/**
 * The class that one probability is given of, and that is explained: with two the second, the
 * positive one; with more the answer.
 */
export const shownClass = (classes: readonly string[], answer: number): number => (classes.length === 2 ? 1 : answer)

/**
 * With two classes, the second is answered where its probability is above this: the mean of the
 * networks' thresholds.
 */
export const meanThreshold = (networks: readonly Pick<WeightsInfo, "threshold">[]): number =>
  mean(networks.map(({ threshold }) => threshold))!

/** The mean of the networks' thresholds after each one's temperature scaling. */
export const calibratedThreshold = (networks: readonly Pick<WeightsInfo, "threshold" | "temperature">[]): number =>
  mean(networks.map(({ threshold, temperature }) => sigmoid(logitOf(threshold) / temperature)))!

/** The logit of a probability. */
export const logitOf = (probability: number): number => Math.log(probability / (1 - probability))

/** @param logits of one image, an array a network */
export function meanPrediction(networks: readonly WeightsInfo[], logits: readonly (readonly number[])[]): Prediction {
  const [{ classes }] = networks
  const { probabilities: probabilitiesOf } = headFor(classes.length)
  const over = (each: number[][]) => classes.map((_, label) => mean(each.map((one) => one[label]))!)
  const probabilities = over(logits.map(probabilitiesOf))
  const scaled = logits.map((values, k) => values.map((logit) => logit / networks[k].temperature))
  const binary = classes.length === 2
  const answer = binary ? Number(probabilities[1] > meanThreshold(networks)) : answerOf(probabilities)
  return { probabilities, calibrated: over(scaled.map(probabilitiesOf)), label: classes[answer] }
}
