/**
 * A page of ours may be rebuilt while nobody has edited it: a hash at its end tells. An author's
 * edits stay.
 */
import { existsSync, readFileSync } from "node:fs"
import { sha256 } from "../files/sha256.ts"
import { writeWhole } from "../files/write_whole.ts"

const MARK = /<!-- cnn report ([0-9a-f]{64}) -->\n$/

/** @throws where there is a file that somebody has changed, or that is no page of ours */
export function refuseForeign(file: string): void {
  if (!existsSync(file)) return
  const text = readFileSync(file, "utf8")
  const found = MARK.exec(text)
  if (found && sha256(text.slice(0, found.index)) === found[1]) return
  const what = found ? "was changed after it had been written" : "is none of cnn's pages"
  throw new Error(`${file}: the file ${what}; --force overwrites it`)
}

export function writeReport(file: string, page: string, force: boolean): void {
  if (!force) refuseForeign(file)
  writeWhole(file, pageText(page))
}

/** A page with its hash at its end. */
export const pageText = (page: string): string => `${page}<!-- cnn report ${sha256(page)} -->\n`
