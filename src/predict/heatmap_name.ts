import path from "node:path"
import { sha256 } from "../files/sha256.ts"

/** Of a name as it stands, in characters. */
const SHOWN = 60

/**
 * In bytes: a file system takes 255, and behind them come our digits and, while it is written, the
 * process's number.
 */
const SHOWN_BYTES = 200

/**
 * Name of an image's heatmap: its own without folders, and 16 digits of the SHA-256 of its whole
 * name. So a.png of two folders become two files, and no name leads out of the folder that they are
 * written to.
 */
export function heatmapName(file: string): string {
  const plain = [...path.win32.basename(file)].slice(0, SHOWN)
  // Letters and digits of any script; a leading dot would hide the file.
  const safe = plain.map((character) => character.replace(/[^\p{L}\p{N}._-]/u, "_"))
  while (Buffer.byteLength(safe.join("")) > SHOWN_BYTES) safe.pop()
  const shown = safe.join("").replace(/^\.+/, "_")
  return `${shown}-${sha256(file).slice(0, 16)}.png`
}
