/** What a run's folder holds before it has a config.json, which is written last. */
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { LOCK } from "../files/folder_lock.ts"
import { isPart } from "../files/write_whole.ts"
import { CHECKPOINTS } from "./checkpoints.ts"
import { GROUP_NAMES } from "./group_names.ts"

/** Files that a run writes before config.json. */
export const BEGUN_WITH = ["audit.json", "files.csv", "network.mjs", "network.ts"]

/**
 * What a killed run left in a folder before it had a config; a new run may replace it. Without a
 * lock beside them the files are somebody else's.
 */
export function begunIn(folder: string): readonly string[] {
  const isBegun = existsSync(path.join(folder, LOCK)) && !existsSync(path.join(folder, "config.json"))
  return isBegun ? [...BEGUN_WITH, ...groupNamesIn(folder)] : []
}

/** The folder of made-up group names, if there is nothing else in it. */
function groupNamesIn(run: string): string[] {
  const folder = path.join(run, CHECKPOINTS)
  const holdsNoMore = (name: string) => name === GROUP_NAMES || isPart(name)
  return existsSync(folder) && readdirSync(folder).every(holdsNoMore) ? [CHECKPOINTS] : []
}
