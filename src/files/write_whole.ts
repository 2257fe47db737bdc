import { randomUUID } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import { plural } from "../text/plural.ts"
import { LOCK } from "./folder_lock.ts"
import { writeError } from "./write_error.ts"

export interface WriteOptions {
  /** The permissions of the file. */
  mode?: number
  /**
   * false for a cache: does not wait for the disk, and writes under a random name first, since processes of several
   * machines, which may have the same number, share a cache.
   */
  durable?: boolean
}

/**
 * Writes beside the file and renames: a reader finds the former file or the whole new one, never a part, even after a
 * crash of the machine.
 *
 * @throws what kept it from being written, naming the file; the former one is still there
 */
export function writeWhole(
  file: string,
  content: string | Uint8Array,
  { mode, durable = true }: WriteOptions = {},
): void {
  const beside = `${file}.${durable ? process.pid : randomUUID()}.part`
  try {
    writeOpened(beside, content, { mode, durable })
    renameSync(beside, file)
    if (durable) syncFolder(path.dirname(file))
  } catch (error) {
    removeIfPossible(beside)
    throw writeError(file, error)
  }
}

function writeOpened(file: string, content: string | Uint8Array, { mode, durable }: WriteOptions): void {
  const opened = openSync(file, durable ? "w" : "wx", mode)
  try {
    writeFileSync(opened, content)
    if (durable) fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Without it a rename may be undone by a power cut. Windows cannot open folders, and needs none of it. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** What cannot be written may be impossible to remove as well; the first error is the one that counts. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // A part of a file, which is looked at by nobody.
  }
}

/** What `writeWhole` was writing into a run when its process was killed. A piece of an archive, film.zip.001.part, is none. */
const PART = /\.(json|csv|html|safetensors)\.[1-9]\d*\.part$/

/** What `removeWhole` was removing. */
const FOLDER_PART = /^checkpoints\.[1-9]\d*\.part$/

/** Removes what `writeWhole` and `removeWhole` left in a folder of ours that no other process writes into. */
export function removeParts(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const isPart = entry.isDirectory() ? FOLDER_PART.test(entry.name) : PART.test(entry.name)
    if (isPart) rmSync(path.join(folder, entry.name), { recursive: true, force: true })
  }
}

/** Removes a folder such that whoever looks finds all of it or none. */
export function removeWhole(folder: string): void {
  if (!existsSync(folder)) return
  const aside = `${folder}.${process.pid}.part`
  renameSync(folder, aside)
  rmSync(aside, { recursive: true, force: true })
}

/** A folder that somebody has put something into since stays. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Nothing of ours is in it, and it is no reason to stop.
  }
}

/** The folder that DICOM files' made-up names stand in before a run has a config, where there is nothing else in it. */
function namesOfGroups(run: string): string[] {
  const folder = path.join(run, "checkpoints")
  return existsSync(folder) && readdirSync(folder).every((name) => name === "groups.csv") ? ["checkpoints"] : []
}

/** @throws where a file is not to be written: the name is a folder's, or there is such a file and it is not to be overwritten */
export function refuseFile(file: string, force: boolean): void {
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) throw new Error(`${file}: is a folder; expected the name of a file`)
  if (!force) throw new Error(`${file}: there is such a file already; --force overwrites it`)
}

/** @throws when there is something at `folder` that writing into it might overwrite */
export function refuseFull(folder: string): void {
  let entries: string[]
  try {
    const all = readdirSync(folder)
    // Beside a lock they are of a run that was ended before it had written its config, which is written behind them.
    const isBegun = all.includes(LOCK) && !all.includes("config.json")
    const begun = isBegun ? ["files.csv", "audit.json", ...namesOfGroups(folder)] : []
    entries = all.filter(
      (name) => name !== LOCK && !PART.test(name) && !FOLDER_PART.test(name) && !begun.includes(name),
    )
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return
    if (code === "ENOTDIR") throw new Error(`${folder}: is a file; expected a new or an empty folder`)
    throw error
  }
  if (entries.length > 0)
    throw new Error(
      `${folder}: the folder holds ${plural(entries.length, "file")} already, and nothing is overwritten. Name another, or empty it.`,
    )
}

/**
 * Makes `folder` and those above it.
 *
 * @param mode permissions of those that are made
 * @returns whether it was not there
 * @throws what keeps it from being made, naming it
 */
export function makeFolder(folder: string, mode?: number): boolean {
  if (existsSync(folder) && statSync(folder).isDirectory()) return false
  const above = path.dirname(path.resolve(folder))
  // Not by mkdirSync's own `recursive`, which tries for ever where a folder takes no others, as in /proc.
  if (above !== folder && !existsSync(above)) makeFolder(above, mode)
  try {
    mkdirSync(folder, mode)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // By another process meanwhile.
    if (code === "EEXIST" && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false
    if (code === "EEXIST" || code === "ENOTDIR")
      throw Object.assign(new Error(`${folder}: a file, or a link to nothing, is in the way of this folder`), { code })
    throw writeError(folder, error)
  }
}

/** Makes `folder`; where it is there and full, the same name with -2, -3 ... behind. */
export function makeFreshFolder(folder: string): string {
  makeFolder(path.dirname(folder))
  for (let n = 1; ; n++) {
    const name = n === 1 ? folder : `${folder}-${n}`
    try {
      mkdirSync(name)
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(name, error)
    }
  }
}
