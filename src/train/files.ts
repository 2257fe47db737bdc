import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { plural } from "../data/plural.ts"

/** Writes beside and renames, so that whoever looks finds the former file or the whole new one, never a part. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const beside = `${file}.${process.pid}.part`
  try {
    writeFileSync(beside, content)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** @throws when there is something at `folder` that writing into it might overwrite */
export function refuseFull(folder: string): void {
  let entries: string[]
  try {
    entries = readdirSync(folder)
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

/** Makes `folder`; where it is there and full, the same name with -2, -3 ... behind. */
export function makeFreshFolder(folder: string): string {
  mkdirSync(path.dirname(folder), { recursive: true })
  for (let n = 1; ; n++) {
    const name = n === 1 ? folder : `${folder}-${n}`
    try {
      mkdirSync(name)
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
  }
}
