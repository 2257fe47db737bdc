/** A run's predictions as metrics and curves want them. */
import type { Scored } from "../eval/curves.ts"
import type { RunImage } from "../run/read_run.ts"

/** @param label the class that counts as positive; of two classes the second, by its logit */
export function scoredOf(images: readonly RunImage[], label = 1): Scored {
  const binary = images[0]?.logits.length === 1
  return {
    groups: images.map(({ group }) => group),
    positive: images.map((image) => Number(image.label === label)),
    scores: images.map(({ logits, probabilities }) => (binary ? logits[0] : probabilities[label])),
  }
}
