import type { Dirent } from "node:fs"
import { lstat, open, readdir, realpath, stat } from "node:fs/promises"
import path from "node:path"
import { isBelow } from "../files/inside.ts"
import { fileReason, folderReason } from "./beside.ts"
import { formatNames, formatOf, HEAD, hasReadableEnding, isDrawing, otherEnding, otherKindOf } from "./formats.ts"
import { isRunFolder } from "./run_folder_mark.ts"

/** A file that was left out, and why. */
export interface Skipped {
  file: string
  reason: string
}

const NOT_UTF8 = "the name is not UTF-8: rename it, for instance with convmv -f cp1252 -t utf8 -r --notest FOLDER"
const RUN = "folder that this program wrote"

/** By code unit: the same order on every system, whatever its locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export interface Found {
  files: string[]
  /** Images that cannot be read, and what might be one. */
  skipped: Skipped[]
  /** What is certainly no image of the set: texts, tables, what systems and this program leave. */
  beside: Skipped[]
}

/**
 * All image files below `dir`, as paths relative to it with forward slashes, sorted by code unit. A
 * file whose name has no ending of an image is opened to see whether it is one. Images of kinds
 * that cannot be read, links that lead outside `dir` or nowhere, and folders that may not be read
 * are returned as skipped. Throws if `dir` is no folder.
 */
export async function findImages(dir: string): Promise<Found> {
  await refuseNoFolder(dir)
  const walk = new Walk(dir, await realpath(dir))
  await walk.folder("")
  walk.files.sort(byCodeUnit)
  for (const list of [walk.skipped, walk.beside]) list.sort((a, b) => byCodeUnit(a.file, b.file))
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

class Walk implements Found {
  files: string[] = []
  skipped: Skipped[] = []
  beside: Skipped[] = []
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
      if (relative !== "" && (await isRunFolder(here, entries)))
        return void this.beside.push({ file: relative, reason: RUN })
      for (const entry of entries) await this.#entry(relative, entry)
    } catch (error) {
      if (relative === "") throw error
      this.skipped.push({ file: relative, reason: `the folder cannot be read: ${(error as Error).message}` })
    }
  }

  async #entry(folder: string, entry: Dirent): Promise<void> {
    const relative = folder === "" ? entry.name : `${folder}/${entry.name}`
    if (entry.name.includes("\ufffd") && !(await this.#isThere(relative)))
      return void this.skipped.push({ file: relative, reason: NOT_UTF8 })
    if (entry.isSymbolicLink()) return this.#link(relative)
    if (entry.isDirectory()) {
      const reason = folderReason(entry.name)
      return reason === undefined ? this.folder(relative) : void this.beside.push({ file: relative, reason })
    }
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
    if (info.isDirectory()) return folderReason(path.posix.basename(relative)) ? undefined : this.folder(relative)
    // What else there is, pipes and devices, might never end.
    if (info.isFile()) await this.#file(relative)
  }

  async #file(relative: string): Promise<void> {
    const name = path.posix.basename(relative)
    if (hasReadableEnding(name) && !name.startsWith(".")) return void this.files.push(relative)
    const skip = (reason: string) => void this.skipped.push({ file: relative, reason })
    const head = await headOf(path.join(this.dir, relative)).catch((error: NodeJS.ErrnoException) => error)
    if (head instanceof Error) return skip(`cannot be read (${head.code ?? head.message})`)
    const isKnown = formatOf(head) !== undefined
    const beside = SYSTEM_NAMES.test(name) || !isKnown ? fileReason(name, head) : undefined
    const other = otherKindOf(head) ?? otherEnding(name)?.toUpperCase()
    if (isKnown && beside === undefined)
      return name.startsWith(".")
        ? skip("hidden file with an image in it: rename it to use it")
        : void this.files.push(relative)
    if (other !== undefined && !name.startsWith("."))
      return skip(isDrawing(head) ? `not an image: ${other} file` : `${other} cannot be read: convert it to PNG`)
    if (beside !== undefined) return void this.beside.push({ file: relative, reason: beside })
    skip(head.length === 0 ? "the file is empty" : `not an image: its content is none of ${formatNames(", ")}`)
  }
}

/** A DICOMDIR is a DICOM file without an image. */
const SYSTEM_NAMES = /^(\._.*|dicomdir)$/i

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
