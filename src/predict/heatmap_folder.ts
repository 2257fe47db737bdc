/** A folder of heatmaps that a prediction resumes; files that are not ours stay. */
import { readdirSync, rmSync } from "node:fs"
import path from "node:path"
import { makeFolder, refuseFull } from "../files/folders.ts"

/** As `heatmapName` makes them. */
const HEATMAP = /-[0-9a-f]{16}\.png$/

/** A heatmap that `writeWhole` was writing when its process was killed. */
const PART = /-[0-9a-f]{16}\.png\.[1-9]\d*\.part$/

/** None where it cannot be read, which `refuseFull` says. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const isOurs = (name: string): boolean => HEATMAP.test(name) || PART.test(name)

/**
 * @param begun whether a table is resumed, whose heatmaps may exist already
 * @throws if `folder` holds anything (new table), or files that are not ours (resumed table)
 */
export function refuseOthers(folder: string, begun: boolean): void {
  const names = namesIn(folder)
  const isFit = begun ? names.some(isOurs) : names.length > 0 && names.every((name) => PART.test(name))
  if (!isFit) refuseFull(folder)
}

/**
 * Makes the folder, or removes what a killed process left of heatmaps in it. @throws what keeps it
 * from being made
 */
export function openHeatmaps(folder: string): void {
  if (makeFolder(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && PART.test(entry.name)) rmSync(path.join(folder, entry.name), { force: true })
}
