import { readFile } from "node:fs/promises"
import path from "node:path"

/** What config.json of a run, and comparison.json of a comparison, hold among other things. */
const MARKS: Record<string, readonly string[]> = {
  "config.json": ["command", "train", "source", "data"],
  "comparison.json": ["contenders", "differences", "config"],
}

/** Whether this program wrote a folder: a run's, or a comparison's. */
export async function isRunFolder(folder: string, entries: readonly { name: string }[]): Promise<boolean> {
  for (const { name } of entries) {
    if (!Object.hasOwn(MARKS, name)) continue
    const text = await readFile(path.join(folder, name), "utf8").catch(() => "")
    const keys = keysOf(text)
    if (MARKS[name].every((key) => keys.includes(key))) return true
  }
  return false
}

function keysOf(text: string): string[] {
  try {
    return Object.keys(JSON.parse(text))
  } catch {
    return []
  }
}
