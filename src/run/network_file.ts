/** A user's own network, loaded from the file that defines it. */
import { spawnSync } from "node:child_process"
import { readFileSync, realpathSync, statSync } from "node:fs"
import module, { register } from "node:module"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { sha256 } from "../files/sha256.ts"
import { NetworkDefinition } from "../models/define_network.ts"
import { networks } from "../models/networks.ts"
import * as hooks from "./network_hooks.ts"

const EXPECTED = "expected a file with `export default defineNetwork({ size, build(size, outputs) { ... } })`"

/** Whether `--model` names a file, and no built-in network. */
export const namesFile = (model: string): boolean => /[\\/]|\.[cm]?[jt]s$/i.test(model)

/** @throws if it cannot be read, or is no file of JavaScript or TypeScript */
export function readNetworkFile(file: string): { text: string; sha256: string } {
  const info = statSync(file, { throwIfNoEntry: false })
  if (!info) throw new Error(`${file}: no such file; ${EXPECTED}, or the name of ${Object.keys(networks).join(" or ")}`)
  if (info.isDirectory()) throw new Error(`${file}: this is a folder; ${EXPECTED}`)
  if (!/\.(m?js|m?ts)$/.test(file)) throw new Error(`${file}: expected a name that ends in .js, .mjs, .ts or .mts`)
  const text = readFileSync(file, "utf8")
  return { text, sha256: sha256(text) }
}

/**
 * Loads a network's file. Its code runs with all rights of this program.
 *
 * @param name by which the network is recorded
 * @throws naming the file if it cannot be loaded, or does not export a network
 */
export async function loadNetworkFile(file: string, name = path.basename(file)): Promise<NetworkDefinition> {
  const { text, sha256 } = readNetworkFile(file)
  const url = pathToFileURL(realpathSync(file)).href
  hook({ url, text, format: formatOf(file), cnn: RUNNING_PROGRAM })
  const exported = await load(file, url, text)
  if (!("default" in exported)) throw new Error(`${file}: it has no default export; ${EXPECTED}`)
  const { default: network } = exported
  if (network instanceof NetworkDefinition) return network.from({ name, text, sha256 })
  const kind = network?.constructor?.name ?? String(network)
  throw new Error(`${file}: its default export is not from defineNetwork but is a ${kind}; ${EXPECTED}`)
}

/** The module that "cnn" stands for: this program's own, so that its classes are the same. */
const RUNNING_PROGRAM = new URL(`../index${path.extname(import.meta.url)}`, import.meta.url).href

/** @throws if it is TypeScript, which this version of Node does not run */
function formatOf(file: string): hooks.HookedFile["format"] {
  if (!/ts$/.test(file)) return "module"
  if ((process.features as { typescript?: unknown }).typescript) return "module-typescript"
  throw new Error(
    `${file}: Node ${process.versions.node} does not run TypeScript. Use Node 22.18 or later, or write the file in JavaScript.`,
  )
}

/** What @types/node for our oldest Node does not have. */
type RegisterHooks = (given: Pick<typeof hooks, "resolve" | "load">) => void

/** Whether this process has the hooks already, which serve all files. */
let isHooked = false

function hook(file: hooks.HookedFile): void {
  const { registerHooks } = module as { registerHooks?: RegisterHooks }
  if (!registerHooks) {
    const name = `./network_hooks${path.extname(import.meta.url)}`
    register(name, import.meta.url, { data: file })
    return
  }
  hooks.initialize(file)
  if (!isHooked) registerHooks(hooks)
  isHooked = true
}

async function load(file: string, url: string, text: string): Promise<{ default?: object | null }> {
  try {
    return await import(/* @vite-ignore */ url)
  } catch (error) {
    throw new Error(whyNotLoaded(file, url, text, error), { cause: error })
  }
}

function whyNotLoaded(file: string, url: string, text: string, error: unknown): string {
  if (!(error instanceof Error)) return `${file}: it threw ${String(error)} while it was loaded`
  const [, imported] = error.message.split(hooks.REFUSED)
  if (imported !== undefined)
    return (
      `${file}: it imports "${imported}", and may import "cnn" alone: ` +
      "a run keeps a copy of this one file, and must not depend on another. Put what it needs into the file."
    )
  if (error instanceof SyntaxError) {
    const { line, message } =
      (/ts$/.test(file) ? null : syntaxError(text)) ?? (error as { line?: string; message: string })
    return `${named(file, line)}: ${message}`
  }
  const [, line] = (error.stack ?? "").split(`${url}:`)
  return `${named(file, line && Number.parseInt(line, 10))}: ${error.message}`
}

const named = (file: string, line: number | string | undefined): string => (line ? `${file}, line ${line}` : file)

/** Node tells the line of a syntax error only to whoever lets it check a whole text. */
function syntaxError(text: string): { line: string; message: string } | undefined {
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--check"], { input: text, encoding: "utf8" })
  const [, line, code, message] = /^\[stdin\]:(\d+)\n(.*?)\n\n(SyntaxError: .*)$/ms.exec(stderr) ?? []
  return line ? { line, message: `${message.split("\n")[0]}\n${code}` } : undefined
}
