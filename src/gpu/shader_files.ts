/** The kernels' files. Node only. */
import { readdirSync, readFileSync } from "node:fs"
import { PACKAGE } from "./package.ts"
import { shaderMissing } from "./shader_missing.ts"

/** Shaders ship as files: an edit is live at the next run. */
const SHADERS = new URL("src/shaders/", PACKAGE)

/** The text of src/shaders/<name>.wgsl. @throws with all names where there is none */
export function shader(name: string): string {
  const names = shaderNames()
  if (!names.includes(name)) throw shaderMissing(name, names)
  return readFileSync(new URL(`${name}.wgsl`, SHADERS), "utf8")
}

export function shaderNames(): string[] {
  const names = readdirSync(SHADERS).filter((file) => file.endsWith(".wgsl"))
  return names.map((file) => file.slice(0, -".wgsl".length)).sort()
}
