/**
 * The direction in which an image's logits speak for a class: the logit's own; of two classes,
 * which share one logit, towards it or away from it.
 *
 * @returns as many numbers as there are logits
 */
export function towards(label: number, outputs: number): number[] {
  if (outputs === 1) return [label === 1 ? 1 : -1]
  return Array.from({ length: outputs }, (_, k) => (k === label ? 1 : 0))
}
