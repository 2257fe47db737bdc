/** Where this program keeps what it can make again. Node only. */
import { lstatSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import path from "node:path"
import { makeFolder } from "./folders.ts"

/** What decides where the cache folder lies. */
export interface Machine {
  env: NodeJS.ProcessEnv
  platform: string
  /** undefined if the user has none */
  home?: string
  /** The folder for temporary files. */
  temporary: string
  /** The user's number; undefined on Windows, where each user has a temporary folder. */
  user?: number
}

/**
 * The user's home folder; undefined if there is none, as for a user number without an entry in
 * /etc/passwd.
 */
export function homeFolder(): string | undefined {
  try {
    const home = homedir()
    return path.isAbsolute(home) ? home : undefined
  } catch {
    return undefined
  }
}

const thisMachine = (): Machine => ({
  ...{ env: process.env, platform: process.platform, home: homeFolder() },
  ...{ temporary: tmpdir(), user: process.getuid?.() },
})

/**
 * The folders that may serve as cache, best first: where the system keeps caches, then the
 * temporary folder. CNN_CACHE replaces them all, since whoever names a folder wants that folder.
 */
export function cacheFolders(machine = thisMachine()): string[] {
  const { CNN_CACHE } = machine.env
  if (CNN_CACHE) return [pathOf(machine).resolve(CNN_CACHE)]
  const user = userFolder(machine)
  return [...(user === undefined ? [] : [user]), temporaryFolder(machine)]
}

/** `platform` is a parameter for tests; the rules of its paths go with it. */
const pathOf = ({ platform }: Machine) => (platform === "win32" ? path.win32 : path.posix)

/** undefined if the user has neither a home nor a variable that names a folder. */
function userFolder(machine: Machine): string | undefined {
  const { env, platform, home } = machine
  const { join, isAbsolute } = pathOf(machine)
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, "cnn")
  if (platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "cnn", "cache")
  if (home === undefined) return undefined
  if (platform === "win32") return join(home, "AppData", "Local", "cnn", "cache")
  return platform === "darwin" ? join(home, "Library", "Caches", "cnn") : join(home, ".cache", "cnn")
}

const temporaryFolder = (machine: Machine): string =>
  pathOf(machine).join(machine.temporary, `cnn-${machine.user ?? "user"}`)

/**
 * Makes a cache folder that only its user can enter.
 *
 * @throws what keeps it from being made, with the system's code, or that others can write to it
 */
export function makeCacheFolder(folder: string, machine = thisMachine()): void {
  makeFolder(folder, 0o700)
  // In the shared temporary folder anyone could have put a library there before us.
  if (folder !== temporaryFolder(machine) || machine.user === undefined) return
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== machine.user || stat.mode & 0o022)
    throw Object.assign(new Error(`${folder}: belongs to another user, or others can write to it`), { code: "EPERM" })
}

/** The first cache folder that can be made, or else what was wrong with each. */
export function findCacheFolder(): { folder?: string; refused: string[] } {
  const refused: string[] = []
  for (const folder of cacheFolders()) {
    try {
      makeCacheFolder(folder)
      return { folder, refused }
    } catch (error) {
      refused.push((error as Error).message)
    }
  }
  return { refused }
}

/**
 * The user's cache folder, which is made; undefined if there can be none, which only costs time.
 */
export const cacheFolder = (): string | undefined => findCacheFolder().folder
