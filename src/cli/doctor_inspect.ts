/** Everything that `cnn doctor` finds out, as plain data: this is what --json prints. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import type { AdapterInfo } from "../gpu/adapter.ts"
import { installAdvice, readDistribution } from "../gpu/advice.ts"
import { findArchive, SOFTWARE_PACKAGE, unpackSoftware } from "../gpu/software.ts"
import { driverFiles, LOADER, loadLibrary } from "../gpu/vulkan.ts"
import { probe } from "./doctor_child.ts"
import { type DriverFinding, inspectDriver } from "./doctor_drivers.ts"

export interface Finding {
  ok: boolean
  /** A version, a name; or what is wrong. */
  detail: string
}

export interface Inspection {
  system: string
  platform: string
  node: Finding
  /** Absent where the C library is not glibc. */
  glibc: Finding
  webgpu: Finding
  loader: Finding
  swiftshader: Finding
  drivers: DriverFinding[]
  /** --adapter or CNN_ADAPTER, where given. */
  asked?: string
  /** What `cnn train` would use; it has computed something. */
  chosen?: AdapterInfo
  /** Why nothing can be chosen. */
  problem?: string
  advice: string[]
}

/** @param adapter as `--adapter` of the other commands */
export async function inspect(adapter?: string): Promise<Inspection> {
  const asked = adapter || process.env.CNN_ADAPTER || undefined
  const unpacked = await swiftshader()
  const drivers: DriverFinding[] = []
  for (const file of process.platform === "linux" ? driverFiles() : [])
    drivers.push(await inspectDriver("system", file))
  if (process.platform !== "linux") drivers.push(await inspectDriver("platform", ""))
  if (unpacked.file) drivers.push(await inspectDriver("npm", unpacked.file))
  const { answer: chosen, error } = await probe<AdapterInfo>("open", asked ? [asked] : [])
  return {
    system: readDistribution().name,
    platform: `${process.platform} ${process.arch}`,
    node: { ok: atLeast(process.versions.node, "20.19"), detail: process.versions.node },
    glibc: glibc(),
    webgpu: webgpu(),
    loader: loader(),
    swiftshader: unpacked.finding,
    drivers,
    asked,
    chosen,
    problem: chosen ? undefined : error?.replace(/\nnpx cnn doctor.*/, ""),
    advice: chosen?.kind === "gpu" ? [] : installAdvice(),
  }
}

function glibc(): Finding {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean }
  // Without this the report looks up every open connection's host name.
  report.excludeNetwork = true
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  const version = header.glibcVersionRuntime
  if (version) return { ok: atLeast(version, "2.34"), detail: version }
  return {
    ok: process.platform !== "linux",
    detail: process.platform === "linux" ? "none: another C library (musl)" : "not needed",
  }
}

function webgpu(): Finding {
  try {
    return { ok: true, detail: versionBeside(createRequire(import.meta.url).resolve("webgpu")) }
  } catch (error) {
    return { ok: false, detail: (error as Error).message }
  }
}

function loader(): Finding {
  if (process.platform !== "linux") return { ok: true, detail: "not needed" }
  const reason = loadLibrary(LOADER)
  if (!reason) return { ok: true, detail: LOADER }
  return { ok: false, detail: /No such file/.test(reason) ? `${LOADER} is not installed` : reason }
}

async function swiftshader(): Promise<{ finding: Finding; file?: string }> {
  const archive = findArchive()
  if (!archive) return { finding: { ok: false, detail: `${SOFTWARE_PACKAGE} is not installed` } }
  try {
    const { driver } = await unpackSoftware(archive)
    const version = versionBeside(path.dirname(archive))
    return { finding: { ok: true, detail: `@sparticuz/chromium ${version}, a loader included` }, file: driver }
  } catch (error) {
    return { finding: { ok: false, detail: (error as Error).message } }
  }
}

/** The version in the package.json of the folder above. */
function versionBeside(entry: string): string {
  return JSON.parse(readFileSync(path.join(path.dirname(entry), "package.json"), "utf8")).version
}

function atLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(".").map(Number))
  return a[0] !== b[0] ? a[0] > b[0] : a[1] >= b[1]
}
