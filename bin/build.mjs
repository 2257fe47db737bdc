/**
 * `npm run build`: builds in a copy of the sources, and replaces dist when all of it is there. So
 * other commands in this clone find a whole build at any time, and a build that fails leaves the
 * one before.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
/** Inside the clone, so that packages are found. */
const copy = mkdtempSync(path.join(root, ".build-"))
const SOURCES = [
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "src",
  "bench",
  "docs",
  "research",
  "examples",
]

/** @throws if it fails; what is wrong is printed by then */
function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: "inherit" })
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed`)
}

try {
  const filter = (file) => path.basename(file) !== "node_modules"
  for (const name of SOURCES) cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter })
  node(
    fileURLToPath(import.meta.resolve("typescript/package.json")).replace(/package\.json$/, "bin/tsc"),
    "-p",
    "tsconfig.build.json",
  )
  node("dist/src/gpu/write_shader_texts.js")
  node("src/page/bundle.mjs", "dist/page")
  chmodSync(path.join(copy, "dist/src/cli/main.js"), 0o755)
  const dist = path.join(root, "dist")
  if (existsSync(dist)) renameSync(dist, path.join(copy, "before"))
  renameSync(path.join(copy, "dist"), dist)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}
