/** Whether a path stays in its folder: names come from files that others have made. */
import { realpath } from "node:fs/promises"
import path from "node:path"

/**
 * By the names alone: relative, and no way up through "..". Backslashes count as separators, as
 * Windows has it.
 */
export function staysInside(relative: string): boolean {
  const absolute = path.posix.isAbsolute(relative) || path.win32.isAbsolute(relative) || /^[a-z]:/i.test(relative)
  return relative !== "" && !absolute && !relative.includes("\0") && !relative.split(/[/\\]/).includes("..")
}

/** By where links lead: `target` lies in `folder`; both are real paths. */
export function isBelow(folder: string, target: string): boolean {
  const inside = path.relative(folder, target)
  return inside !== ".." && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside)
}

/**
 * The path of a file that is named relative to `folder`.
 *
 * @throws where the name, or a link in it, leads outside the folder; ENOENT where there is no such
 * file
 */
export async function fileInside(folder: string, relative: string): Promise<string> {
  const file = path.join(folder, relative)
  if (staysInside(relative) && isBelow(await realpath(folder), await realpath(file))) return file
  throw new Error(`${JSON.stringify(relative)} leads outside ${folder}; expected a file in that folder`)
}
