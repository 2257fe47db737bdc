/** This package's folder and version. Node only. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

/** Its files are found by this from src/ as from dist/src/. */
export const PACKAGE = new URL("./", pathToFileURL(createRequire(import.meta.url).resolve("cnn/package.json")))

export const packageVersion = (): string => JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8")).version
