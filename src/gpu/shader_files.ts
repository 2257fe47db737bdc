/** The kernels' files. Node only. */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { PACKAGE } from "../files/package.ts"
import { ShaderMissing } from "./shader_missing.ts"

const FOLDER = "src/shaders"

/**
 * Where a kernel lies, from the package's folder: src/shaders/<family>/<name>.wgsl. @throws if
 * there is none
 */
export function shaderPath(name: string): string {
  const paths = shaderPaths()
  const found = paths.find((file) => nameOf(file) === name)
  if (!found) throw new ShaderMissing(name, paths.map(nameOf).sort())
  return found
}

/**
 * The text of a kernel. Shaders ship as files: an edit is live at the next run. @throws if there is
 * none
 */
export const shader = (name: string): string => readFileSync(new URL(shaderPath(name), PACKAGE), "utf8")

/** The names of all kernels, sorted. A name is that of one file, whatever its family. */
export const shaderNames = (): string[] => shaderPaths().map(nameOf).sort()

const nameOf = (file: string): string => path.basename(file, ".wgsl")

function shaderPaths(): string[] {
  const files = readdirSync(new URL(FOLDER, PACKAGE), { recursive: true, encoding: "utf8" })
  return files.filter((file) => file.endsWith(".wgsl")).map((file) => `${FOLDER}/${file.split(path.sep).join("/")}`)
}
