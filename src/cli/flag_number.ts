import type { Options } from "yargs"
import { once } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

export interface NumberRule {
  describe: string
  /** Shown in the help; the command itself puts it in where the flag is not given. */
  default?: number | string
  integer?: boolean
  min?: number
  max?: number
  /** As `min` and `max`, but not itself allowed. */
  above?: number
  below?: number
}

/** A flag that takes a number and says what it wants when it is given something else. */
export function numberFlag(name: string, { describe, default: value, ...rule }: NumberRule): Options {
  return {
    describe,
    defaultDescription: value === undefined ? undefined : String(value),
    requiresArg: true,
    coerce: (given: unknown) => (given === undefined ? undefined : checkNumber(name, once(name)(given), rule)),
  }
}

function checkNumber(name: string, given: unknown, rule: Omit<NumberRule, "describe">): number {
  const text = String(given).trim()
  const value = text === "" ? Number.NaN : Number(text)
  const { integer, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = rule
  const fits =
    value >= min && value <= max && (above === -Infinity || value > above) && (below === Infinity || value < below)
  if (Number.isFinite(value) && fits && (!integer || Number.isInteger(value))) return value
  throw new UsageError(`--${name} is "${text}"; expected ${expected(rule)}`)
}

function expected({ integer, min, max, above, below }: Omit<NumberRule, "describe">): string {
  const bounds = [
    above !== undefined && `over ${above}`,
    min !== undefined && max === undefined && `of ${min} or more`,
    below !== undefined && `under ${below}`,
    max !== undefined && min === undefined && `up to ${max}`,
    min !== undefined && max !== undefined && `from ${min} to ${max}`,
  ].filter(Boolean)
  return [integer ? "a whole number" : "a number", bounds.join(" and ")].join(" ").trimEnd()
}
