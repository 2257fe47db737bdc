import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { tame } from "../files/formula.ts"
import { readTable } from "../files/read_table.ts"

/**
 * files.csv of a run folder: the SHA-256 of each image file; none where the run was not made of
 * files.
 */
export function readFileHashes(folder: string): Map<string, string> {
  const file = path.join(folder, "files.csv")
  if (!existsSync(file)) return new Map()
  return new Map(readTable(readFileSync(file, "utf8"), file).map(({ file, sha256 }) => [tame(file), sha256]))
}
