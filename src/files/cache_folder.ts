/** Where this program may keep what it can make again. Node only. */
import { homedir } from "node:os"
import path from "node:path"

/** The user's cache folder of this program: CNN_CACHE, or the system's usual place for such. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env.CNN_CACHE) return path.resolve(env.CNN_CACHE)
  if (env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME)) return path.join(env.XDG_CACHE_HOME, "cnn")
  if (platform === "win32")
    return path.join(env.LOCALAPPDATA ?? path.join(homedir(), "AppData", "Local"), "cnn", "cache")
  if (platform === "darwin") return path.join(homedir(), "Library", "Caches", "cnn")
  return path.join(homedir(), ".cache", "cnn")
}
