/**
 * Opens the WebGPU device. The one door from the engine to Node: tensor_gpu.ts imports it as
 * "#device", which is device_browser.ts in a browser's build.
 */

import type { AdapterInfo, DeviceOptions, OpenDevice } from "./adapter.ts"
import { installAdvice } from "./advice.ts"
import { adapterKind, fitsAdapter, gpusFirst } from "./choose.ts"
import { type FoundAdapter, findAdapter, listAdapters, loadDawn } from "./dawn.ts"
import { requestDevice } from "./describe_adapter.ts"
import { patiently } from "./patience.ts"
import { shader, shaderNames } from "./shader_files.ts"
import { adapterSources, type Source } from "./sources.ts"
import { readTuned } from "./tuned.ts"
import { withDrivers } from "./vulkan.ts"

/** What is done with the adapter that fits. */
type Open<T> = (found: FoundAdapter) => Promise<T>

/**
 * What is asked, and what was looked at: adapters that do not fit, and sources without any, with
 * the reason.
 */
interface Search {
  options: DeviceOptions
  wanted: string | undefined
  seen: AdapterInfo[]
  missing: string[]
}

/**
 * Opens a device on a GPU, else on the system's software adapter (lavapipe), else on SwiftShader
 * from npm.
 * @throws where no adapter fits: what was asked, what was found, what to install; and for an
 * unknown CNN_KERNELS
 */
export async function openDevice(options: DeviceOptions = {}): Promise<OpenDevice> {
  const kernels = chosenKernels()
  return withAdapter(options, async (found) => {
    const open = await openAdapter(found)
    if (kernels) return { ...open, info: { ...open.info, kernels } }
    const tuned = options.untuned || process.env.CNN_TUNE === "off" ? undefined : readTuned(open.info)
    return tuned ? { ...open, info: { ...open.info, tuned } } : open
  })
}

/** What CNN_KERNELS asks for. @throws for what it does not know */
function chosenKernels(): AdapterInfo["kernels"] {
  const { CNN_KERNELS: kernels = "" } = process.env
  if (kernels === "plain") return kernels
  if (kernels === "" || kernels === "default") return undefined
  throw new Error(
    `CNN_KERNELS is "${kernels}", expected "default" (the fastest kernels for the adapter) or "plain" (one thread per element).`,
  )
}

/**
 * The adapter that `openDevice` would choose, for another program to open: bench/peers compares on
 * the same one.
 * @param open is called with the Vulkan loader still confined to the adapter's drivers
 * @throws as `openDevice`
 */
export async function withAdapter<T extends object>(options: DeviceOptions, open: Open<T>): Promise<T> {
  const wanted = options.adapter || process.env.CNN_ADAPTER || undefined
  const search: Search = { options, wanted, seen: [], missing: [] }
  for await (const source of adapterSources()) {
    if (source.missing) search.missing.push(`${source.name}: ${source.missing}`)
    // The driver files count at every instance that Dawn makes, the last of them when the device is
    // opened.
    const opened = !source.missing && (await withDrivers(source.drivers, () => openFrom(source, search, open)))
    if (opened) return opened
  }
  throw new Error(noAdapter(search))
}

/** Opens the first adapter of the source that fits. */
async function openFrom<T>(source: Source, search: Search, open: Open<T>): Promise<T | undefined> {
  const dawn = await loadDawn()
  const before = search.seen.length
  for (const listed of gpusFirst(await listAdapters(dawn))) {
    const found = await findAdapter(dawn, listed, toggles(adapterKind(listed.name), search.options))
    if (found && fitsAdapter(found.info, search.wanted)) return open(found)
    if (found) search.seen.push(found.info)
  }
  if (search.seen.length === before) search.missing.push(`${source.name}: no adapter that Dawn accepts`)
  return undefined
}

/**
 * Dawn's switches. The engine checks shapes and sizes itself, and a processor pays dearly for
 * checking every access again.
 */
function toggles(kind: AdapterInfo["kind"], { exact, profile }: DeviceOptions): string[] {
  const flags: string[] = []
  // Robustness alone is what costs: with CNN_DEBUG=1 the device says what is wrong with a command.
  const fast = process.env.CNN_DEBUG === "1" ? "disable_robustness" : "skip_validation,disable_robustness"
  if (kind === "software" && !exact && process.env.CNN_EXACT !== "1") flags.push(`enable-dawn-features=${fast}`)
  if (profile) flags.push("disable-dawn-features=timestamp_quantization")
  return flags
}

export async function openAdapter({ adapter, info }: FoundAdapter): Promise<OpenDevice> {
  const device = await requestDevice(adapter)
  const release = () => device.destroy()
  // A GPU needs none of the processor's time.
  const wait = info.kind === "software" ? patiently : <T>(promised: Promise<T>) => promised
  const debug = process.env.CNN_DEBUG === "1"
  return { device, adapter, info, release, wait, debug, shader, shaderNames }
}

function noAdapter({ wanted, seen, missing }: Search): string {
  const lines = [
    wanted
      ? `No WebGPU adapter fits "${wanted}", which --adapter or CNN_ADAPTER names.`
      : "There is no WebGPU adapter.",
  ]
  for (const { name, kind, backend } of seen) lines.push(`  found: ${name} (${kind}, ${backend})`)
  for (const reason of missing) lines.push(`  ${reason}`)
  if (seen.length)
    lines.push(`Ask for "gpu", "software" or a part of a name above, or for nothing: the best is taken then.`)
  if (!seen.length || wanted) lines.push("To get one:", ...installAdvice().map((line) => `  ${line}`))
  return [...lines, "npx cnn doctor says more."].join("\n")
}
