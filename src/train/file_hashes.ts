import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { tame } from "./csv.ts"

/** files.csv of a run folder: the SHA-256 of each image file; none where the run was not made of files. */
export function readFileHashes(folder: string): Map<string, string> {
  const file = path.join(folder, "files.csv")
  if (!existsSync(file)) return new Map()
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true })
  return new Map(rows.map(({ file, sha256 }) => [tame(file), sha256]))
}
