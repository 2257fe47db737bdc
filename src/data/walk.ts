import type { Dirent } from "node:fs"
import { lstat, open, readdir, realpath, stat } from "node:fs/promises"
import path from "node:path"
import { isBelow } from "../files/inside.ts"
import { formatOf, HEAD, hasReadableEnding, otherEnding } from "./formats.ts"

/** A file that was left out, and why. */
export interface Skipped {
  file: string
  reason: string
}

/** No extension, or digits as a UID ends in: scanners call files so. */
const NO_EXTENSION = /^(?!dicomdir$)([^.]+|.*\.\d+)$/i
const NOT_UTF8 = "the name is not UTF-8: rename it, for instance with convmv -f cp1252 -t utf8 -r --notest FOLDER"
const JUNK_FOLDER = /^(\.|__MACOSX$)/

/** By code unit: the same order on every system, whatever its locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * All image files below `dir`, as paths relative to it with forward slashes, sorted by code unit.
 * Files without an extension are looked into: DICOM is one. Hidden files and files of other kinds
 * are passed over silently. Images of kinds that cannot be read, links that lead outside `dir` or
 * nowhere, and folders that may not be read are returned as skipped. Throws if `dir` is no folder.
 */
export async function findImages(dir: string): Promise<{ files: string[]; skipped: Skipped[] }> {
  await refuseNoFolder(dir)
  const walk = new Walk(dir, await realpath(dir))
  await walk.folder("")
  walk.files.sort(byCodeUnit)
  walk.skipped.sort((a, b) => byCodeUnit(a.file, b.file))
  return walk
}

/** @throws if `dir` is no folder */
export async function refuseNoFolder(dir: string): Promise<void> {
  const info = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${dir}: ${error.code === "ENOENT" ? "no such folder" : error.message}; expected a folder of images`,
    )
  })
  if (!info.isDirectory()) throw new Error(`${dir}: is a file; expected a folder with one folder of images per class`)
}

class Walk {
  files: string[] = []
  skipped: Skipped[] = []
  #seen = new Set<string>()

  constructor(
    readonly dir: string,
    readonly real: string,
  ) {}

  async folder(relative: string): Promise<void> {
    const here = path.join(this.dir, relative)
    try {
      const real = await realpath(here)
      // A link to a folder above itself would never end.
      if (this.#seen.has(real)) return
      this.#seen.add(real)
      // Plain folders before links: a folder is known by its own name and not by a link to it.
      const entries = await readdir(here, { withFileTypes: true })
      const order = (e: Dirent) => (e.isSymbolicLink() ? 1 : 0)
      entries.sort((a, b) => order(a) - order(b) || byCodeUnit(a.name, b.name))
      for (const entry of entries) await this.#entry(relative, entry)
    } catch (error) {
      if (relative === "") throw error
      this.skipped.push({ file: relative, reason: `the folder cannot be read: ${(error as Error).message}` })
    }
  }

  async #entry(folder: string, entry: Dirent): Promise<void> {
    if (JUNK_FOLDER.test(entry.name)) return
    const relative = folder === "" ? entry.name : `${folder}/${entry.name}`
    if (entry.name.includes("\ufffd") && !(await this.#isThere(relative)))
      return void this.skipped.push({ file: relative, reason: NOT_UTF8 })
    if (entry.isSymbolicLink()) return this.#link(relative)
    if (entry.isDirectory()) return this.folder(relative)
    if (entry.isFile()) await this.#file(relative)
  }

  /** A name that is not UTF-8 is read with U+FFFD in it, and then names nothing. */
  #isThere(relative: string): Promise<boolean> {
    return lstat(path.join(this.dir, relative)).then(
      () => true,
      () => false,
    )
  }

  async #link(relative: string): Promise<void> {
    const skip = (reason: string) => void this.skipped.push({ file: relative, reason })
    const target = await realpath(path.join(this.dir, relative)).catch(() => undefined)
    if (target === undefined) return skip("a symbolic link that leads nowhere")
    if (!isBelow(this.real, target))
      return skip(
        "a symbolic link that leads outside the data folder is not followed: cp -rL FOLDER COPY copies its target",
      )
    const info = await stat(target)
    if (info.isDirectory()) return this.folder(relative)
    // What else there is, pipes and devices, might never end.
    if (info.isFile()) await this.#file(relative)
  }

  async #file(relative: string): Promise<void> {
    if (hasReadableEnding(relative)) this.files.push(relative)
    else if (NO_EXTENSION.test(path.posix.basename(relative))) {
      if (await isReadableWithoutEnding(path.join(this.dir, relative))) this.files.push(relative)
    } else {
      const ending = otherEnding(relative)
      if (ending === undefined) return
      this.skipped.push({ file: relative, reason: `${ending.toUpperCase()} cannot be read: convert it to PNG` })
    }
  }
}

async function isReadableWithoutEnding(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return false
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return formatOf(buffer.subarray(0, bytesRead))?.withoutEnding ?? false
  } catch {
    return false
  } finally {
    await handle.close()
  }
}
