/**
 * A part of the build: writes dist/shader_texts.js, the kernels' texts as a module, for where there
 * are no files.
 */
import { writeFileSync } from "node:fs"
import { PACKAGE } from "../files/package.ts"
import { shader, shaderNames } from "./shader_files.ts"

const texts = Object.fromEntries(shaderNames().map((name) => [name, shader(name)]))
writeFileSync(new URL("dist/shader_texts.js", PACKAGE), `export const SHADERS = ${JSON.stringify(texts, null, 2)}\n`)
