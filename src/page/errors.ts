/** Which of a run's images are shown, and in which order. */
import type { Predictions, TestedImage } from "../serve/run_message.ts"

/** By the answer at the fold's threshold. */
export interface Selection {
  /** For people. */
  name: string
  images: TestedImage[]
}

/** How sure the network was of its answer: the calibrated probability of it. */
const sureness = ({ calibrated, answer }: TestedImage): number => calibrated[answer]

/** The most mistaken first: where networks are wrong and sure of it there is most to learn. */
const mostMistaken = (images: readonly TestedImage[]): TestedImage[] =>
  images.toSorted((a, b) => sureness(b) - sureness(a))

/** With two classes misses and false alarms apart, as they are not the same to a patient. */
export function selections({ images, classes }: Predictions): Selection[] {
  const wrong = mostMistaken(images.filter(({ label, answer }) => label !== answer))
  const all = [
    { name: "All errors", images: wrong },
    { name: "All images", images: [...images] },
  ]
  if (classes.length > 2) return all
  const missed = wrong.filter(({ label }) => label === 1)
  const alarms = wrong.filter(({ label }) => label === 0)
  return [all[0], { name: "Missed", images: missed }, { name: "False alarms", images: alarms }, all[1]]
}
