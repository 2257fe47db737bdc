/** What is compared: a traditional method, or the network with one of the optimisers. */

/** What a contender was told to do in a fold, such as { C: 10 }. */
export type Setting = Record<string, number | string>

/** What it makes of one test image. */
export interface Tested {
  repeat: number
  fold: number
  /** Into the dataset. */
  index: number
  /** The higher, the more likely positive; over 0 where that is the answer. */
  score: number
  answer: 0 | 1
}

/** Which setting a fold took, by its validation images alone. */
export interface Choice {
  repeat: number
  fold: number
  setting: Setting
  /**
   * All that were tried, in order, with the AUC of the validation images; null where there is none.
   */
  tried: { setting: Setting; validation: number | null }[]
}

export interface Contender {
  /** Of flags and files: "hog-svm", "cnn-adam". */
  id: string
  title: string
  kind: "traditional" | "cnn"
}

export interface Outcome extends Contender {
  choices: Choice[]
  predictions: Tested[]
  seconds: number
}

export const settingText = (setting: Setting): string =>
  Object.entries(setting)
    .map(([name, value]) => (typeof value === "string" ? value : `${name} ${value}`))
    .join(", ")
