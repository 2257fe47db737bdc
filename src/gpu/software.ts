/**
 * SwiftShader, Vulkan on the processor, for a machine without a GPU: unpacked from the npm package
 * `@sparticuz/chromium` into the user's cache, so that neither root nor a system package is needed.
 */

import { accessSync, constants, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { brotliDecompressSync } from "node:zlib"
import tar from "tar-stream"
import { cacheFolders, makeCacheFolder } from "../files/cache_folder.ts"
import { makeFolder } from "../files/folders.ts"
import { sha256 } from "../files/sha256.ts"
import { writeWhole } from "../files/write_whole.ts"
import { LOADER } from "./vulkan.ts"

/** The one further install that a machine without any adapter needs. */
export const SOFTWARE_PACKAGE = "@sparticuz/chromium@147.0.0"

const DRIVER = "vk_swiftshader_icd.json"
const WANTED = ["libvk_swiftshader.so", LOADER, DRIVER]
const MANIFEST = "manifest.json"

/** A library is run: only the user can write it. */
const OWN = { mode: 0o600, durable: false }

interface SoftwareDriver {
  /** The driver file (ICD) to point the Vulkan loader at. */
  driver: string
  /** A Vulkan loader, for a machine that has none. */
  loader: string
}

/**
 * Where the package's archive lies, looked for from this package and from the working directory.
 */
export function findArchive(): string | undefined {
  // The archive holds x64 code for Linux, whatever machine the package is installed on.
  if (process.platform !== "linux" || process.arch !== "x64") return undefined
  const from = [import.meta.url, pathToFileURL(path.join(process.cwd(), "package.json")).href]
  for (const base of from) {
    try {
      const main = createRequire(base).resolve("@sparticuz/chromium")
      const archive = path.join(main, "../../../bin/swiftshader.tar.br")
      accessSync(archive, constants.R_OK)
      return archive
    } catch {}
  }
  return undefined
}

/**
 * Unpacks the archive into the cache, or finds it there whole.
 * @throws where neither the cache nor the temporary folder can be written, or where the archive is
 * damaged.
 */
export async function unpackSoftware(archive: string): Promise<SoftwareDriver> {
  const packed = readFileSync(archive)
  const name = `swiftshader-${sha256(packed).slice(0, 16)}`
  const refused: string[] = []
  for (const root of cacheFolders()) {
    const folder = path.join(root, name)
    try {
      makeCacheFolder(root)
      makeFolder(folder, 0o700)
      if (!isWhole(folder)) await unpackInto(folder, packed, archive)
      return { driver: path.join(folder, DRIVER), loader: path.join(folder, LOADER) }
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).code) throw error
      refused.push((error as Error).message)
    }
  }
  throw new Error(
    `SwiftShader could not be unpacked; set CNN_CACHE to a folder that can be written.\n  ${refused.join("\n  ")}`,
  )
}

/**
 * Whether all files are there with the sums that the manifest gives: a damaged library would take
 * the process down.
 */
function isWhole(folder: string): boolean {
  try {
    const sums: Record<string, string> = JSON.parse(readFileSync(path.join(folder, MANIFEST), "utf8"))
    return WANTED.every((name) => sums[name] === sha256(readFileSync(path.join(folder, name))))
  } catch {
    return false
  }
}

/**
 * Each file is written beside its place and renamed over it. All processes write the same bytes, so
 * that it does not matter which comes last, and none ever sees a file missing or half-written that
 * was whole before.
 */
async function unpackInto(folder: string, packed: Uint8Array, archive: string): Promise<void> {
  const files = await readArchive(packed, archive)
  const sums = Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)]))
  for (const [name, bytes] of files) writeWhole(path.join(folder, name), bytes, OWN)
  writeWhole(path.join(folder, MANIFEST), `${JSON.stringify(sums, null, 2)}\n`, OWN)
}

async function readArchive(packed: Uint8Array, archive: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  try {
    const extract = tar.extract()
    extract.end(brotliDecompressSync(packed))
    for await (const entry of extract) {
      const chunks: Uint8Array[] = []
      for await (const chunk of entry) chunks.push(chunk as Uint8Array)
      const name = path.basename(entry.header.name)
      if (WANTED.includes(name)) files.set(name, Buffer.concat(chunks))
    }
  } catch (error) {
    throw new Error(`${archive} is damaged (${(error as Error).message}): run npm install ${SOFTWARE_PACKAGE} again`)
  }
  const missing = WANTED.filter((name) => !files.has(name))
  if (missing.length) {
    throw new Error(`${archive} holds no ${missing.join(", ")}: run npm install ${SOFTWARE_PACKAGE}`)
  }
  return files
}
