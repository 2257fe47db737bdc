/** Which image files are meant by what somebody names: files, folders, lists. */
import { stat } from "node:fs/promises"
import path from "node:path"
import { findImages } from "../data/walk.ts"

export interface Input {
  /** As named, or found below a folder that was. */
  file: string
  /**
   * Length in bytes and time of the last change, by which a file is known again; undefined where
   * there is none.
   */
  stamp?: { bytes: number; modified: string }
  /** Why it cannot be used, where that is known without reading it. */
  reason?: string
}

/**
 * Each file once, in the order of the names; those below a folder sorted. What is not there is an
 * input with a reason.
 */
export async function findInputs(names: readonly string[]): Promise<Input[]> {
  const inputs = new Map<string, Input>()
  const add = (input: Input) => {
    const place = path.resolve(input.file)
    if (!inputs.has(place)) inputs.set(place, input)
  }
  for (const name of names) {
    if (!(await isFolder(name))) {
      add(await stamped(path.normalize(name)))
      continue
    }
    const { files, skipped } = await findImages(name)
    for (const file of files) add(await stamped(path.join(name, file)))
    for (const { file, reason } of skipped) add({ file: path.join(name, file), reason })
  }
  return [...inputs.values()]
}

async function isFolder(name: string): Promise<boolean> {
  const info = await stat(name).catch(() => undefined)
  return info?.isDirectory() ?? false
}

async function stamped(file: string): Promise<Input> {
  try {
    const info = await stat(file)
    // A pipe or a device might never end.
    if (!info.isFile()) return { file, reason: "is no plain file" }
    return { file, stamp: { bytes: info.size, modified: info.mtime.toISOString() } }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { file, reason: code === "ENOENT" || code === "ENOTDIR" ? "no such file" : `cannot be read (${code})` }
  }
}

/**
 * The names in a list, one a line; where there is a NUL in it, as `find -print0` writes them,
 * between NULs.
 */
export function listedNames(text: string): string[] {
  // Some editors and shells lead a text with a mark of its encoding.
  const list = text.replace(/^\ufeff/, "")
  const names = list.includes("\0") ? list.split("\0") : list.split(/\r?\n/)
  return names.filter((name) => name !== "")
}
