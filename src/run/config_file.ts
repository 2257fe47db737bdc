/** config.json of a run that has ended, where `cnn report` remembers what its pages show. */
import path from "node:path"
import { writeWhole } from "../files/write_whole.ts"
import type { RunConfig } from "./run_config.ts"
import { json } from "./run_folder.ts"

/**
 * Writes whether the run's pages are without images.
 *
 * @param hidden the key for names; undefined for pages with images
 * @returns the config as it is now
 */
export function rememberHidden(folder: string, config: RunConfig, hidden: string | undefined): RunConfig {
  const { hidden: _, ...rest } = config
  const changed = hidden === undefined ? rest : { ...rest, hidden }
  writeWhole(path.join(folder, "config.json"), json(changed))
  return changed
}
