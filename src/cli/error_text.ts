import { fileURLToPath } from "node:url"
import { PACKAGE, packageVersion } from "../files/package.ts"
import { BUGS } from "./usage_error.ts"

/**
 * An error's message; of a bug in cnn also where it happened, since "x is undefined" helps nobody
 * to find it.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (![...BUGS, SyntaxError].some((kind) => error instanceof kind) || !isOurs(error)) return error.message
  return `this is a bug in cnn ${packageVersion()}, please report it with these lines:\n${error.stack}`
}

/** Whether it was thrown in this package, and not in a network that a user wrote. */
function isOurs({ stack = "" }: Error): boolean {
  const [place] = /(file:\/\/)?(\/|[A-Z]:[\\/])\S*?:\d+/.exec(stack) ?? []
  return place === undefined || [PACKAGE.href, fileURLToPath(PACKAGE)].some((folder) => place.startsWith(folder))
}
