import { didYouMean, nearest } from "../text/nearest.ts"
import { UsageError } from "./usage_error.ts"

/** Those of the command, without dashes. */
interface Flags {
  all: readonly string[]
  /** Which take no value. */
  boolean: readonly string[]
}

/**
 * What yargs says of arguments that it does not know, in a user's words: the flag that was perhaps
 * meant, or the one that takes a folder. Another message is left as it is.
 */
export function explainUnknown(message: string, flags: Flags, args: readonly string[]): string {
  const [, list] = /^Unknown arguments?: (.*)$/.exec(message) ?? []
  if (list === undefined) return message
  const unknown = list.split(", ")
  const hints = unknown.map((name) => hint(name, flags, args)).filter((text) => text !== undefined)
  return [message, ...new Set(hints)].join(". ")
}

/**
 * What yargs says where arguments are missing, which names none of them.
 *
 * @param form the command's, such as "predict <run> <images...>"
 */
export function explainMissing(message: string, form: string): string {
  const [, got] = /^Not enough non-option arguments: got (\d+)/.exec(message) ?? []
  return got === undefined ? message : `Not enough arguments: expected cnn ${form}, got ${got} of them`
}

/** @throws if the first word is no command, with the one that was perhaps meant */
export function refuseCommand(name: string | undefined, commands: readonly string[]): void {
  if (name === undefined || name.startsWith("-") || commands.includes(name)) return
  throw new UsageError(`Unknown command: ${name}.${didYouMean(name, commands)}\nTry: cnn --help`)
}

/** @throws where a flag that takes no value has one: yargs would take "yes" for no */
export function refuseValues({ boolean }: Flags, args: readonly string[]): void {
  for (const arg of args) {
    const [, name, value] = /^--(?:no-)?([^=]+)=(.*)$/.exec(arg) ?? []
    if (boolean.includes(name) && !["true", "false"].includes(value)) throw new UsageError(takesNone(name, arg))
  }
}

const takesNone = (name: string, arg: string): string =>
  `${arg}: the flag takes no value; --${name} turns it on, --no-${name} off`

function hint(name: string, { all: flags, boolean }: Flags, args: readonly string[]): string | undefined {
  const before = args[args.indexOf(name) - 1]?.replace(/^--(no-)?/, "")
  if (boolean.includes(before)) return takesNone(before, `--${before} ${name}`)
  if (args.includes(name) && flags.includes("data")) return `Pass the image folder with --data: --data ${name}`
  const isFlag = args.some((arg) => arg.startsWith("-") && arg.replace(/^-+/, "").split("=")[0] === name)
  if (!isFlag) return undefined
  const meant = nearest(name, flags)
  return meant === undefined ? undefined : `Did you mean --${meant}?`
}
