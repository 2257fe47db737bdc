/** What a prediction means, in plain words. */
import { type Prediction, shownClass } from "../run/mean_prediction.ts"

export interface Answers {
  classes: readonly string[]
  /** With two classes: above it the second one is answered. */
  threshold: number
}

export interface Worded {
  /** The answer, in a few words. */
  title: string
  /** What the number says, and what it does not. */
  sentences: string[]
}

/** Of a probability, whole ones but at the ends: no network is that sure. */
export function percent(probability: number): string {
  if (probability < 0.01) return "less than 1"
  if (probability > 0.99) return "more than 99"
  return `${Math.round(probability * 100)}`
}

/** A number of any size, in a few characters. */
export function shortly(value: number): string {
  const size = Math.abs(value)
  return size === 0 || (size >= 0.001 && size < 1000) ? value.toFixed(3) : value.toExponential(1)
}

/** A class's folder name as people write it. */
export const spoken = (name: string): string => name.replaceAll("_", " ")

const about = (probability: number): string => percent(probability).replace(/^\d/, "about $&")

export function worded({ classes, threshold }: Answers, { label, calibrated, probabilities }: Prediction): Worded {
  const answer = classes.indexOf(label)
  const shown = shownClass(classes, answer)
  const likely = `By the run's calibration ${about(calibrated[shown])} of 100 images that get this value are ${spoken(classes[shown])}, if they are like its own and in the same mix. For other images nothing is known.`
  const title = `answer: ${spoken(label)}`
  if (classes.length > 2) {
    const rule = `It is the most probable class before calibration, with ${probabilities[answer].toFixed(4)}.`
    return { title, sentences: [likely, rule] }
  }
  const side = answer === 1 ? "above" : "not above"
  const rule = `Its probability before calibration is ${probabilities[1].toFixed(4)}, ${side} the threshold of ${threshold.toFixed(4)} that validation images chose.`
  // The bars show another number than the one that decides.
  const apart = answer !== Number(calibrated[1] > 0.5)
  const why =
    "The threshold decides, not the longer bar: it is not half-way, so that as many as possible of both classes are right."
  return { title, sentences: [likely, rule, ...(apart ? [why] : [])] }
}
