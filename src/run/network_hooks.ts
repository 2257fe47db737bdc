/**
 * Module hooks of Node for a user's network file: its text is given, and it may import only "cnn",
 * the running program. Before Node 22.15 they run in another thread, which calls `initialize`.
 */
import type { LoadHook, ResolveHook } from "node:module"

export interface HookedFile {
  /** The file's address, a file: URL. */
  url: string
  text: string
  format: "module" | "module-typescript"
  /** Address of the running program's "cnn". */
  cnn: string
}

/** Begins the message of the error for an import that is refused. */
export const REFUSED = "refused import: "

const files = new Map<string, HookedFile>()

export function initialize(file: HookedFile): void {
  files.set(file.url, file)
}

export const resolve: ResolveHook = (specifier, context, next) => {
  const importer = files.get(context.parentURL ?? "")
  if (!importer) return next(specifier, context)
  if (specifier === "cnn") return { url: importer.cnn, shortCircuit: true }
  throw new Error(REFUSED + specifier)
}

export const load: LoadHook = (url, context, next) => {
  const file = files.get(url)
  return file ? { format: file.format, source: file.text, shortCircuit: true } : next(url, context)
}
