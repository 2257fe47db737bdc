/**
 * What keeps cnn from starting, each in one line that ends with what to do. Old versions of Node
 * read this file, too: its syntax is Node 14's.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.url)), "..")
const { engines } = JSON.parse(readFileSync(path.join(PACKAGE, "package.json"), "utf8"))

/** What `npm run build` calls. */
const TOOLS = ["typescript", "esbuild", "marked"]

const numbers = (version) => (/(\d+)(?:\.(\d+))?/.exec(version) || []).slice(1).map((text) => Number(text || 0))

/** The line for a Node that is too old; undefined for another one. */
export function nodeProblem(version = process.versions.node, required = engines.node) {
  const [[major, minor], [least, leastMinor]] = [version, required].map(numbers)
  if (major > least || (major === least && minor >= leastMinor)) return undefined
  return `cnn needs Node ${least}.${leastMinor} or newer, and this is Node ${version}. Install a newer one: https://nodejs.org`
}

/**
 * Whether the folder's packages include what the build needs, which `npm ci --omit=dev` leaves out.
 */
export const hasTools = (folder = PACKAGE) => TOOLS.every((name) => isInstalled(name, folder))

/** A workspace has its packages in a folder above. */
function isInstalled(name, folder) {
  const above = path.dirname(folder)
  return existsSync(path.join(folder, "node_modules", name)) || (above !== folder && isInstalled(name, above))
}

export const isBuilt = (folder = PACKAGE) => existsSync(path.join(folder, "dist", "src", "cli", "main.js"))

/** The line for a folder without a build; undefined for another one. */
export function buildProblem(folder = PACKAGE) {
  if (isBuilt(folder)) return undefined
  if (!existsSync(path.join(folder, "tsconfig.build.json")))
    return `cnn was installed without its build, in ${folder}. Remove it and install it again, without --ignore-scripts.`
  return hasTools(folder)
    ? `cnn is not built yet. In ${folder}, run: npm run build`
    : `cnn is not built, and its build needs the development dependencies. In ${folder}, run: npm ci --include=dev`
}

/** The line for a file of the program that Node did not find; undefined for another error. */
export function missingProblem(error, folder = PACKAGE) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") return undefined
  const name = (/^Cannot find package '([^']+)'/.exec(error.message) || [])[1]
  if (name === undefined) return `cnn's build is incomplete. In ${folder}, run: npm run build`
  // Where cnn itself is an installed package, those it needs are installed beside it.
  const root = folder.replace(/[\\/]node_modules[\\/].*$/, "")
  return `cnn needs the package ${name}, which is not installed. In ${root}, run: npm install`
}
