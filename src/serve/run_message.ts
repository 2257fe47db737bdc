/**
 * What the server tells the page of a run, as run.json, which the page checks: either may be of
 * another version.
 */
import { count, type InferOutput, keyed, list, nullable, number, object, optional, text } from "../files/schema.ts"

/** An image as the network said of it that had not seen it. */
const testedImage = object({
  file: text,
  /** Address of its pixels as a network sees them, a gray PNG; absent on a page without images. */
  pixels: optional(text),
  /** Class indices: its own, and that which was answered at the fold's threshold. */
  label: count,
  answer: count,
  repeat: count,
  fold: count,
  /** One a class. */
  probabilities: list(number),
  calibrated: list(number),
  /**
   * Where `cnn explain --all` found its map to peak, and how far that is from the break, in pixels;
   * where it was run.
   */
  peak: optional(keyed(["x", "y", "value"], number)),
  distance: optional(nullable(number)),
})

const predictions = object({ classes: list(text), size: count, images: list(testedImage) })

export const runMessageSchema = object({
  /** Of its folder or weights file. */
  name: text,
  /** Addresses of its networks' weights. */
  weights: list(text),
  /** What its answers are worth less for. */
  problems: list(text),
  /** Its headline metrics with their intervals; none of a weights file. */
  numbers: list(object({ name: text, text })),
  /** Of a run folder with predictions; null where there are weights alone. */
  predictions: nullable(predictions),
})

export type RunMessage = InferOutput<typeof runMessageSchema>
export type Predictions = InferOutput<typeof predictions>
export type TestedImage = InferOutput<typeof testedImage>
