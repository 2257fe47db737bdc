/**
 * Where an adapter may come from on this machine, in the order of preference. Node only; reached
 * through device.ts.
 */

import { findArchive, SOFTWARE_PACKAGE, unpackSoftware } from "./software.ts"
import { driverFiles, hasGpuNode, isSoftwareDriver, LOADER, loadLibrary } from "./vulkan.ts"

/** Drivers to look at together; `missing` says why there is nothing to look at. */
export interface Source {
  name: string
  /**
   * Driver files to confine the Vulkan loader to; none where the platform needs no loader (Metal,
   * Direct3D).
   */
  drivers: string[]
  missing?: string
}

/**
 * One after the other, since SwiftShader is unpacked and a loader loaded only where nothing before
 * it served.
 */
export async function* adapterSources(): AsyncGenerator<Source> {
  if (process.platform === "linux") yield* systemDrivers()
  else yield { name: "system", drivers: [] }
  yield await swiftShader()
}

/**
 * What lacks is found out here, because Dawn and the loader would print warnings of their own on
 * every run.
 */
async function* systemDrivers(): AsyncGenerator<Source> {
  const files = driverFiles()
  const missing = files.length ? await loadAnyLoader() : noDriver()
  const software = files.filter(isSoftwareDriver)
  const hardware = files.filter((file) => !isSoftwareDriver(file))
  if (missing) yield { name: "system", drivers: [], missing }
  // With a GPU at hand lavapipe need not be started, nor complained of by Dawn where it is too old.
  else if (hasGpuNode() && hardware.length && software.length) {
    yield { name: "system's GPU drivers", drivers: hardware }
    yield { name: "system's lavapipe", drivers: software }
  } else yield { name: "system's drivers", drivers: files }
}

function noDriver(): string {
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES
  return named ? `VK_DRIVER_FILES names no driver file (${named})` : "no Vulkan driver is installed"
}

/**
 * Loads the system's Vulkan loader, else SwiftShader's: containers are often given the GPU's driver
 * without a loader.
 * @returns undefined where one is loaded, else the reason.
 */
export async function loadAnyLoader(): Promise<string | undefined> {
  const reason = loadLibrary(LOADER)
  if (!reason) return undefined
  const archive = findArchive()
  if (archive) return loadLibrary((await unpackSoftware(archive)).loader)
  return `the Vulkan loader does not load (${reason})`
}

async function swiftShader(): Promise<Source> {
  const name = "SwiftShader"
  const archive = findArchive()
  if (!archive) return { name, drivers: [], missing: notFound() }
  const { driver, loader } = await unpackSoftware(archive)
  const reason = loadLibrary(LOADER) && loadLibrary(loader)
  return reason
    ? { name, drivers: [], missing: `its Vulkan loader does not load (${reason})` }
    : { name, drivers: [driver] }
}

function notFound(): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `${SOFTWARE_PACKAGE} runs on Linux x64 only, and this is ${process.platform} ${process.arch}`
  }
  return `${SOFTWARE_PACKAGE} is not installed`
}
