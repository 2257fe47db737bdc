import type { Options } from "yargs"
import { didYouMean } from "../text/nearest.ts"
import { once } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

/**
 * A flag that takes some of these names with commas between, or none; as they stand in `names`,
 * each once.
 */
export const namesFlag = (flag: string, describe: string, names: readonly string[]): Options => ({
  describe: `${describe}: some of ${names.join(", ")}, with commas between; or none`,
  defaultDescription: "all",
  requiresArg: true,
  coerce: (given: unknown) => (given === undefined ? undefined : chosen(flag, String(once(flag)(given)), names)),
})

function chosen(flag: string, text: string, names: readonly string[]): string[] {
  const given = text.split(",").map((name) => name.trim())
  if (given.length === 1 && given[0] === "none") return []
  const unknown = given.find((name) => !names.includes(name))
  if (unknown === undefined) return names.filter((name) => given.includes(name))
  const expected = `expected some of ${names.join(", ")}, with commas between, or none`
  throw new UsageError(`--${flag} has "${unknown}"; ${expected}.${didYouMean(unknown, names)}`)
}
