import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { PACKAGE } from "./package.ts"

let found: string | null | undefined

/**
 * The git commit of this program, with "+changes" if tracked files differ from it; null if it does
 * not run from a clone, or git is not there to ask.
 */
export function commit(): string | null {
  found ??= existsSync(new URL(".git", PACKAGE)) ? askGit(fileURLToPath(PACKAGE)) : null
  return found
}

function askGit(folder: string): string | null {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      env: ownEnv(),
      timeout: 5000,
      stdio: "pipe",
    }).trim()
  try {
    const changes = git("status", "--porcelain", "--untracked-files=no")
    return `${git("rev-parse", "HEAD")}${changes === "" ? "" : "+changes"}`
  } catch {
    return null
  }
}

/** A git hook's variables name another repository, and the index is not to be written. */
function ownEnv(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))
  return { ...Object.fromEntries(others), GIT_OPTIONAL_LOCKS: "0" }
}
