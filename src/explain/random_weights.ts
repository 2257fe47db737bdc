/** Networks with random weights: a map of one shows what the method draws whatever was learned. */
import { heNormal } from "../layers/init.ts"
import type { Member } from "../weights/member.ts"
import { snapshot } from "../weights/weights.ts"

/**
 * Replaces a network's weights by random ones.
 *
 * @returns puts its own weights back
 */
export async function randomise({ model }: Pick<Member, "model">, seed: number): Promise<() => void> {
  const trained = await snapshot(model)
  model.initialise(seed)
  const weights = await snapshot(model)
  // The first filters of `small` begin as edges, which are not random.
  const [filters] = weights.values()
  heNormal(filters.data, filters.shape, seed, 0)
  model.loadStateDict(weights)
  return () => model.loadStateDict(trained)
}
