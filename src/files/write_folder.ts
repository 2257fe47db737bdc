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
  writeBeside(folder, files, (beside) => {
    if (!existsSync(folder)) renameSync(beside, folder)
    else for (const name of Object.keys(files)) renameSync(path.join(beside, name), path.join(folder, name))
  })
}

/**
 * Writes them into `folder`, or into the same name with -2, -3 ... behind if there is something of
 * that name, which another process may have written by now.
 *
 * @returns the folder
 */
export function writeFreshFolder(folder: string, files: Readonly<Record<string, string>>): string {
  return writeBeside(folder, files, (beside) => {
    for (let n = 1; ; n++) {
      const name = n === 1 ? folder : `${folder}-${n}`
      if (!existsSync(name) && moves(beside, name)) return name
    }
  })
}

/** Moves a folder, unless there is one of that name by now. */
function moves(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (existsSync(to)) return false
    throw error
  }
}

function writeBeside<Result>(
  folder: string,
  files: Readonly<Record<string, string>>,
  move: (beside: string) => Result,
): Result {
  const target = path.resolve(folder)
  makeFolder(path.dirname(target))
  const beside = `${target}.${process.pid}.part`
  try {
    mkdirSync(beside)
    for (const [name, content] of Object.entries(files)) writeWhole(path.join(beside, name), content)
    return move(beside)
  } catch (error) {
    throw writeError(folder, error)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}
