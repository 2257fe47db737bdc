/**
 * The Vulkan loader and its driver files (ICDs) as they are on this machine. Node only; reached
 * through device.ts.
 */

import { existsSync, readdirSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { homeFolder } from "../files/cache_folder.ts"
import { readJson } from "../files/read_json.ts"
import { object, text } from "../files/schema.ts"

/** The name under which Dawn asks the dynamic linker for the loader. */
export const LOADER = "libvulkan.so.1"

/**
 * Linux' RTLD_NODELETE: the library stays although Node closes it again on finding no addon in it.
 */
const RTLD_NODELETE = 0x1000

/**
 * Loads a shared library so that a later dlopen of its bare name finds it, without LD_LIBRARY_PATH.
 * @returns undefined where it is loaded now, else the dynamic linker's reason.
 */
export function loadLibrary(file: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, file, os.constants.dlopen.RTLD_NOW | RTLD_NODELETE)
  } catch (error) {
    const message = (error as Error).message
    // A library that is no Node addon is loaded all the same, and then complained of.
    if (!/did not self-register/.test(message)) return message
  }
  return undefined
}

/**
 * The driver files that the loader would read, in its order: the variables that replace the
 * folders, or the folders.
 */
export function driverFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  const replaced = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES
  const entries = replaced ? replaced.split(path.delimiter) : driverFolders(env)
  return [...new Set(entries.filter(Boolean).flatMap(jsonFilesAt))]
}

/**
 * https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md#driver-discovery-on-linux
 */
function driverFolders(env: NodeJS.ProcessEnv): string[] {
  const home = homeFolder()
  const atHome = (folder: string) => (home === undefined ? [] : [path.join(home, folder)])
  const config = [
    ...(env.XDG_CONFIG_HOME ? [env.XDG_CONFIG_HOME] : atHome(".config")),
    ...list(env.XDG_CONFIG_DIRS, "/etc/xdg"),
  ]
  const data = env.XDG_DATA_HOME ? [env.XDG_DATA_HOME] : atHome(".local/share")
  const shared = list(env.XDG_DATA_DIRS, "/usr/local/share:/usr/share")
  // The last is NixOS' own.
  const roots = [...config, "/usr/local/etc", "/etc", ...data, ...shared, "/run/opengl-driver/share"]
  return [...list(env.VK_ADD_DRIVER_FILES, ""), ...roots.map((root) => path.join(root, "vulkan/icd.d"))]
}

function list(value: string | undefined, otherwise: string): string[] {
  return (value || otherwise).split(path.delimiter)
}

function jsonFilesAt(entry: string): string[] {
  if (entry.endsWith(".json")) return existsSync(entry) ? [entry] : []
  try {
    const names = readdirSync(entry).filter((name) => name.endsWith(".json"))
    return names.sort().map((name) => path.join(entry, name))
  } catch {
    return []
  }
}

const driverSchema = object({ ICD: object({ library_path: text }) })

/**
 * The library that a driver file names, as it is written there. @throws where it is no driver file
 */
export const driverLibrary = (file: string): string =>
  readJson(file, driverSchema, "the file of a Vulkan driver").ICD.library_path

/**
 * Whether the driver computes on the processor, by the names that Mesa and SwiftShader give their
 * files.
 */
export function isSoftwareDriver(file: string): boolean {
  return /lvp|lavapipe|swiftshader/i.test(path.basename(file))
}

/**
 * Whether the kernel shows a GPU to this process: any with an open driver, NVIDIA's, or Windows'
 * beneath WSL.
 */
export function hasGpuNode(): boolean {
  return ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"].some((node) => existsSync(node))
}

/**
 * Runs `body` with the loader confined to these driver files. The loader reads its variables
 * whenever an instance is made, so that one process can look at some drivers first and at others
 * afterwards.
 */
export async function withDrivers<T>(files: string[], body: () => Promise<T>): Promise<T> {
  if (!files.length) return body()
  // Loaders before 1.3.207 know only the second name.
  const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]
  const before = names.map((name) => process.env[name])
  for (const name of names) process.env[name] = files.join(path.delimiter)
  try {
    return await body()
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name]
      else process.env[name] = before[i]
    })
  }
}
