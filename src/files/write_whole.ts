import { randomUUID } from "node:crypto"
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { writeError } from "./write_error.ts"

export interface WriteOptions {
  /** The permissions of the file. */
  mode?: number
  /**
   * false for a cache: does not wait for the disk, and writes under a random name first, since
   * processes of several machines, which may have the same number, share a cache.
   */
  durable?: boolean
}

/**
 * Writes beside the file and renames: a reader finds the former file or the whole new one, never a
 * part, even after a crash of the machine.
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

/**
 * Without it a rename may be undone by a power cut. Windows cannot open folders, and needs none of
 * it.
 */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/**
 * What cannot be written may be impossible to remove as well; the first error is the one that
 * counts.
 */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // A part of a file, which is looked at by nobody.
  }
}

/**
 * What `writeWhole` was writing into a run when its process was killed. A piece of an archive,
 * film.zip.001.part, is none.
 */
const PART = /\.(json|csv|html|safetensors|mjs|ts)\.[1-9]\d*\.part$/

/** What `removeWhole` was removing. */
const FOLDER_PART = /^checkpoints\.[1-9]\d*\.part$/

/** Whether `writeWhole` or `removeWhole` left it. */
export const isPart = (name: string): boolean => PART.test(name) || FOLDER_PART.test(name)

/**
 * Removes what `writeWhole` and `removeWhole` left in a folder of ours that no other process writes
 * into.
 */
export function removeParts(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const kind = entry.isDirectory() ? FOLDER_PART : PART
    if (kind.test(entry.name)) rmSync(path.join(folder, entry.name), { recursive: true, force: true })
  }
}

/** Removes a folder such that whoever looks finds all of it or none. */
export function removeWhole(folder: string): void {
  if (!existsSync(folder)) return
  const aside = `${folder}.${process.pid}.part`
  renameSync(folder, aside)
  rmSync(aside, { recursive: true, force: true })
}
