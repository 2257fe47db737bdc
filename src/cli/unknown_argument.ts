import { closestMatch } from "leven"

/**
 * What yargs says of arguments that it does not know, in a user's words: the flag that was perhaps meant, or the one that
 * takes a folder. Another message is left as it is.
 *
 * @param flags the command's, without dashes
 */
export function explainUnknown(message: string, flags: readonly string[], args: readonly string[]): string {
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

function hint(name: string, flags: readonly string[], args: readonly string[]): string | undefined {
  if (args.includes(name) && flags.includes("data")) return `Images go behind a flag: --data ${name}`
  const isFlag = args.some((arg) => arg.startsWith("-") && arg.replace(/^-+/, "").split("=")[0] === name)
  if (!isFlag) return undefined
  const meant = closestMatch(name, flags, { maxDistance: 1 + Math.floor(name.length / 4) })
  return meant === undefined ? undefined : `Did you mean --${meant}?`
}
