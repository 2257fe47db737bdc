import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import path from "node:path"
import { makeFolder } from "./folders.ts"
import { writeError } from "./write_error.ts"
import { writeWhole } from "./write_whole.ts"

/**
 * Writes all files of a folder beside it first, and moves them there once all are written.
 *
 * @param folder new or empty
 * @throws what kept it from being written; nothing is left of it
 */
export function writeFolder(folder: string, files: Readonly<Record<string, string>>): void {
  const target = path.resolve(folder)
  makeFolder(path.dirname(target))
  const beside = `${target}.${process.pid}.part`
  try {
    mkdirSync(beside)
    for (const [name, content] of Object.entries(files)) writeWhole(path.join(beside, name), content)
    if (!existsSync(target)) renameSync(beside, target)
    else for (const name of Object.keys(files)) renameSync(path.join(beside, name), path.join(target, name))
  } catch (error) {
    throw writeError(folder, error)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** `folder`, or the same name with -2, -3 ... behind if there is something of that name. */
export function freshName(folder: string): string {
  let name = folder
  for (let n = 2; existsSync(name); n++) name = `${folder}-${n}`
  return name
}
