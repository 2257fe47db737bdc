/**
 * The tables that `cnn tune` stores, one file an adapter with its driver and a version of this
 * package, in the user's cache. Whatever is not exactly such a file counts as none. Node only;
 * reached through device.ts.
 */
import { rmSync } from "node:fs"
import path from "node:path"
import { findCacheFolder } from "../files/cache_folder.ts"
import { makeFolder } from "../files/folders.ts"
import { packageVersion } from "../files/package.ts"
import { readJson } from "../files/read_json.ts"
import { count, type InferOutput, object, record, text } from "../files/schema.ts"
import { sha256 } from "../files/sha256.ts"
import { writeWhole } from "../files/write_whole.ts"
import type { AdapterInfo, Tuned } from "./adapter.ts"

/** What a table is for: any change may change what is fastest, and what was verified. */
type For = Pick<AdapterInfo, "name" | "driver" | "backend" | "subgroupSize">

const storedSchema = object({
  version: text,
  adapter: object({ name: text, driver: text, backend: text, subgroupSize: count }),
  date: text,
  choices: record(text),
  /** SHA-256 of all the others. */
  sum: text,
})

type Stored = InferOutput<typeof storedSchema>

const HASH = 12

const sumOf = ({ version, adapter, date, choices }: Omit<Stored, "sum">): string =>
  sha256(JSON.stringify([version, adapter, date, Object.entries(choices)]))

const only = ({ name, driver, backend, subgroupSize }: For): For => ({ name, driver, backend, subgroupSize })

/**
 * Where the table of an adapter lies, whether there is one or not. @throws where there can be no
 * cache folder
 */
export function tunedFile(adapter: For): string {
  const { folder, refused } = findCacheFolder()
  if (folder === undefined)
    throw new Error(`no table can be stored; set CNN_CACHE to a folder that can be written. ${refused.join("; ")}`)
  const key = sha256(JSON.stringify([packageVersion(), only(adapter)])).slice(0, HASH)
  return path.join(folder, "tuned", `${key}.json`)
}

/**
 * The adapter's table; undefined where there is none, or where it is damaged or of another driver
 * or version.
 */
export function readTuned(adapter: For): Tuned | undefined {
  try {
    const stored = readJson(tunedFile(adapter), storedSchema, "a table of cnn tune")
    const { version, date, choices, sum } = stored
    const fits = version === packageVersion() && JSON.stringify(stored.adapter) === JSON.stringify(only(adapter))
    if (!fits || sum !== sumOf(stored)) return undefined
    return { hash: sum.slice(0, HASH), date, choices }
  } catch {
    return undefined
  }
}

/**
 * Makes the folder of the adapter's table: who is about to measure for minutes learns first that it
 * cannot be made.
 *
 * @returns the table's file
 * @throws where the cache folder cannot be written
 */
export function makeTunedFolder(adapter: For): string {
  const file = tunedFile(adapter)
  try {
    makeFolder(path.dirname(file), 0o700)
    return file
  } catch (error) {
    throw new Error(
      `no table can be stored; set CNN_CACHE to a folder that can be written. ${(error as Error).message}`,
    )
  }
}

/**
 * Stores the adapter's table in place of the one before, whole or not at all.
 *
 * @throws where the cache folder cannot be written
 */
export function writeTuned(adapter: For, choices: Record<string, string>, date: Date): Tuned {
  const table = { version: packageVersion(), adapter: only(adapter), date: date.toISOString(), choices }
  const sum = sumOf(table)
  const text = `${JSON.stringify({ ...table, sum }, null, 2)}\n`
  writeWhole(makeTunedFolder(adapter), text, { mode: 0o600, durable: false })
  return { hash: sum.slice(0, HASH), date: table.date, choices }
}

/** @returns whether there was one */
export function removeTuned(adapter: For): boolean {
  try {
    rmSync(tunedFile(adapter))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
    throw error
  }
}
