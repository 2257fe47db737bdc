import path from "node:path"
import { sha256 } from "../train/checked_file.ts"

/** Of a name as it stands; a file system takes 255 bytes. */
const SHOWN = 60

/**
 * Name of an image's heatmap: its own without folders, and 16 digits of the SHA-256 of its whole name. So a.png of two
 * folders become two files, and no name leads out of the folder that they are written to.
 */
export function heatmapName(file: string): string {
  const plain = [...path.win32.basename(file)].slice(0, SHOWN).join("")
  // Letters and digits of any script; a leading dot would hide the file.
  const shown = plain.replace(/[^\p{L}\p{N}._-]/gu, "_").replace(/^\.+/, "_")
  return `${shown}-${sha256(file).slice(0, 16)}.png`
}
