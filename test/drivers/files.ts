/**
 * The tests of ops and layers: what is run again on other drivers. One rule for all of them, so
 * that none is forgotten.
 */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const TESTS = fileURLToPath(new URL("..", import.meta.url))

/** The engine's door to Node; a browser has its own. */
const DEVICE = path.join(TESTS, "../src/gpu/device.ts")

/**
 * They say nothing of a driver: mutation* check the checks, on kernels broken on purpose; memory
 * has trainings run out of a memory that is made small around Node's device.
 */
const OF_NO_DRIVER = /^(mutation|memory)/

/** What those tests may import that is not ours. */
const ALLOWED = new Set(["vitest", "wgsl_reflect/wgsl_reflect.module.js"])

const IMPORT = /^(?:import|export)\b(?!\s+type\b)[^"']*?from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm

/**
 * Files of test/ that compute on the engine's device and need nothing else of Node: neither files
 * nor processes.
 * @returns paths from the project's folder
 */
export const driverTests = (): string[] =>
  readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !OF_NO_DRIVER.test(path.basename(name)))
    .filter((name) => fits(path.join(TESTS, name)))
    .map((name) => `test/${name}`)

function fits(file: string): boolean {
  const imported = closure(file)
  return imported.has(DEVICE) && [...imported].every((one) => path.isAbsolute(one) || ALLOWED.has(one))
}

/**
 * Everything that a file imports, itself or through others: our files by their paths, others by
 * their names.
 */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  if (file === DEVICE || !file.endsWith(".ts")) return found
  for (const [, from, bare, late] of readFileSync(file, "utf8").matchAll(IMPORT)) {
    const name = from ?? bare ?? late
    if (name === "#device") found.add(DEVICE)
    else if (name.startsWith(".")) closure(path.join(path.dirname(file), name), found)
    else found.add(name)
  }
  return found
}
