/** All ladders, in the order in which they run. A new one is a file beside this one and a line here. */
import { conv2dBackwardInput } from "./conv2d_backward_input.ts"
import { conv2dBackwardWeight } from "./conv2d_backward_weight.ts"
import { conv2dForward } from "./conv2d_forward.ts"
import type { Ladder } from "./ladder.ts"

// As `Ladder<never>` a ladder of any sizes fits: they come from itself and go back to it.
export const LADDERS = [conv2dForward, conv2dBackwardInput, conv2dBackwardWeight] as Ladder<never>[] as Ladder[]

/** Names that the command line takes: families, and their single ladders. */
export const familyNames = (): string[] => [...new Set(LADDERS.flatMap(({ family, name }) => [family, name]))]

/**
 * The ladders of these families or of these names; all where none is given.
 *
 * @throws for a name that there is not, naming those that there are
 */
export function ladders(words: readonly string[]): Ladder[] {
  const names = familyNames()
  const unknown = words.find((word) => !names.includes(word))
  if (unknown !== undefined) throw new Error(`no family is called "${unknown}"; there are ${names.join(", ")}`)
  return LADDERS.filter(({ family, name }) => words.length === 0 || words.includes(family) || words.includes(name))
}
