/** What the server tells the page of a run, as run.json: types alone, which both sides share. */
import type { Peak } from "../explain/peak.ts"

export interface RunMessage {
  /** Of its folder or weights file. */
  name: string
  /** Addresses of its networks' weights. */
  weights: string[]
  /** What its answers are worth less for. */
  problems: string[]
  /** Of a run folder with predictions; null where there are weights alone. */
  predictions: Predictions | null
}

export interface Predictions {
  classes: string[]
  size: number
  images: TestedImage[]
}

/** An image as the network said of it that had not seen it. */
export interface TestedImage {
  file: string
  /** Address of its pixels as a network sees them, a gray PNG. */
  pixels: string
  /** Class indices: its own, and that which was answered at the fold's threshold. */
  label: number
  answer: number
  repeat: number
  fold: number
  /** One a class. */
  probabilities: number[]
  calibrated: number[]
  /** Where `cnn explain --all` found its map to peak, and how far that is from the break, in pixels; where it was run. */
  peak?: Peak
  distance?: number | null
}
