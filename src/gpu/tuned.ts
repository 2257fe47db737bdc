/**
 * The tables that `cnn tune` stores, one file an adapter with its driver and a version of this package, in the user's
 * cache. Whatever is not exactly such a file counts as none. Node only; reached through device.ts.
 */
import { createHash, randomUUID } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { cacheFolder } from "../files/cache_folder.ts"
import { packageVersion } from "../files/package.ts"
import type { AdapterInfo, Tuned } from "./adapter.ts"

/** What a table is for: any change may change what is fastest, and what was verified. */
type For = Pick<AdapterInfo, "name" | "driver" | "backend" | "subgroupSize">

interface Stored {
  version: string
  adapter: For
  date: string
  choices: Record<string, string>
  /** SHA-256 of all the others. */
  sum: string
}

const HASH = 12

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const sumOf = ({ version, adapter, date, choices }: Omit<Stored, "sum">): string =>
  sha256(JSON.stringify([version, adapter, date, Object.entries(choices)]))

const only = ({ name, driver, backend, subgroupSize }: For): For => ({ name, driver, backend, subgroupSize })

/** Where the table of an adapter lies, whether there is one or not. */
export function tunedFile(adapter: For): string {
  const key = sha256(JSON.stringify([packageVersion(), only(adapter)])).slice(0, HASH)
  return path.join(cacheFolder(), "tuned", `${key}.json`)
}

/** The adapter's table; undefined where there is none, or where it is damaged or of another driver or version. */
export function readTuned(adapter: For): Tuned | undefined {
  try {
    const stored: Stored = JSON.parse(readFileSync(tunedFile(adapter), "utf8"))
    const { version, date, choices, sum } = stored
    const fits = version === packageVersion() && JSON.stringify(stored.adapter) === JSON.stringify(only(adapter))
    const isTable = Object.values(choices).every((choice) => typeof choice === "string") && !Array.isArray(choices)
    if (!fits || !isTable || typeof date !== "string" || sum !== sumOf(stored)) return undefined
    return { hash: sum.slice(0, HASH), date, choices }
  } catch {
    return undefined
  }
}

/**
 * Makes the folder of the tables, so that whoever is about to measure for minutes hears first where it cannot be.
 *
 * @throws where the cache folder cannot be written
 */
export function makeTunedFolder(): void {
  try {
    mkdirSync(path.join(cacheFolder(), "tuned"), { recursive: true, mode: 0o700 })
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
  const file = tunedFile(adapter)
  const beside = `${file}.${randomUUID()}`
  makeTunedFolder()
  try {
    writeFileSync(beside, `${JSON.stringify({ ...table, sum }, null, 2)}\n`, { mode: 0o600, flag: "wx" })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
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
