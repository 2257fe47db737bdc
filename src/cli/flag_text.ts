import type { Options } from "yargs"
import { didYouMean } from "../text/nearest.ts"
import { UsageError } from "./usage_error.ts"

/** A flag that takes a text; `value`, where it is not given, is for the help alone. */
export const textFlag = (name: string, describe: string, value?: string): Options => ({
  type: "string",
  requiresArg: true,
  describe,
  defaultDescription: value,
  coerce: once(name),
})

/** A flag that takes one of some words. */
export const choiceFlag = (name: string, describe: string, choices: readonly string[], value: string): Options => ({
  describe,
  choices,
  requiresArg: true,
  defaultDescription: value,
  coerce: (given: unknown) => (given === undefined ? undefined : chosen(name, String(once(name)(given)), choices)),
})

function chosen(name: string, given: string, choices: readonly string[]): string {
  if (choices.includes(given)) return given
  throw new UsageError(`--${name} is "${given}"; expected ${choices.join(", ")}.${didYouMean(given, choices)}`)
}

/** yargs makes a list of what is given twice, where one value is expected. */
export const once =
  (name: string) =>
  <Value>(given: Value): Value => {
    if (!Array.isArray(given)) return given
    throw new UsageError(`--${name} was given ${given.length} times: ${given.join(", ")}`)
  }

/** A flag as it is typed, of the name that the program has for it. */
export const dashed = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
