/** Makes folders, and refuses to write where something lies already. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs"
import path from "node:path"
import { plural } from "../text/plural.ts"
import { LOCK } from "./folder_lock.ts"
import { writeError } from "./write_error.ts"
import { isPart } from "./write_whole.ts"

/** A folder that somebody has put something into since stays. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Nothing of ours is in it, and it is no reason to stop.
  }
}

/**
 * @throws where a file is not to be written: the name is a folder's, or there is such a file and it
 * is not to be overwritten
 */
export function refuseFile(file: string, force: boolean): void {
  if (!existsSync(file)) return
  if (statSync(file).isDirectory()) throw new Error(`${file}: is a folder; expected the name of a file`)
  if (!force) throw new Error(`${file}: there is such a file already; --force overwrites it`)
}

/**
 * @param begun names that may be there: files that writing into the folder replaces
 * @throws if there is something at `folder` that writing into it might overwrite
 */
export function refuseFull(folder: string, begun: readonly string[] = []): void {
  const entries = namesIn(folder).filter((name) => name !== LOCK && !isPart(name) && !begun.includes(name))
  if (entries.length > 0)
    throw new Error(
      `${folder}: the folder holds ${plural(entries.length, "file")} already, and nothing is overwritten. Name another, or empty it.`,
    )
}

/** @throws if it is a file, or cannot be read */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return []
    if (code === "ENOTDIR") throw new Error(`${folder}: is a file; expected a new or an empty folder`)
    throw error
  }
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
  // Not by mkdirSync's own `recursive`, which tries for ever where a folder takes no others, as in
  // /proc.
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

/**
 * Makes as much of `folder` as shows whether it can be written, and removes that. @throws what
 * keeps it from being made
 */
export function refuseUnwritable(folder: string): void {
  if (existsSync(folder)) {
    try {
      accessSync(folder, constants.W_OK)
    } catch (error) {
      throw writeError(folder, error)
    }
    return
  }
  const above = path.dirname(path.resolve(folder))
  if (!existsSync(above)) refuseUnwritable(above)
  else if (makeFolder(folder)) removeIfEmpty(folder)
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
