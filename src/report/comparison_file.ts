/** comparison.json, for the report of a run. */
import { existsSync, statSync } from "node:fs"
import path from "node:path"
import type { Comparison } from "../compare/comparison.ts"
import { readJson } from "../files/read_json.ts"
import type { RunConfig } from "../run/run_config.ts"

/**
 * @param source the file, or the folder that it lies in
 * @param run whose images it must be of
 * @returns null where there is none
 * @throws when it is something else, or a comparison on other images
 */
export function readComparison(source: string, run: Pick<RunConfig, "data">): Comparison | null {
  if (!existsSync(source)) return null
  const file = statSync(source).isDirectory() ? path.join(source, "comparison.json") : source
  if (!existsSync(file)) return null
  const keys = ["contenders", "differences", "claims", "config.data.hash"]
  const found = readJson<Comparison>(file, keys, "what cnn compare writes")
  if (found.config.data.hash === run.data.hash) return found
  throw new Error(
    `${file}: a comparison on other images than the run's; expected one on the same, in the same groups and of the same size. ` +
      "Name another, or move it away.",
  )
}
