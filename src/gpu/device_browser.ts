/**
 * The engine's door to a browser: what "#device" is in a browser's build, in place of device.ts.
 * The adapter is `navigator.gpu`'s, the kernels' texts come with the code; there are no tuned
 * tables, as they lie in files.
 */
import { SHADERS } from "#shaders"
import type { AdapterInfo, DeviceOptions, OpenDevice } from "./adapter.ts"
import { fitsAdapter, isNullAdapter } from "./choose.ts"
import { describeAdapter, requestDevice } from "./describe_adapter.ts"
import { ShaderMissing } from "./shader_missing.ts"

/**
 * Opens a device on the browser's adapter. Of the options, `adapter` counts; all others are Dawn's
 * in Node.
 * @throws where the page has no WebGPU, or no adapter fits: what was found, what to do
 */
export async function openDevice({ adapter: wanted }: DeviceOptions = {}): Promise<OpenDevice> {
  const { gpu } = navigator
  if (!gpu) throw new Error(noWebGpu())
  const forceFallbackAdapter = wanted === "software"
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance", forceFallbackAdapter })
  if (!adapter || isNullAdapter(adapter.info)) throw new Error(noAdapter(wanted))
  const info = describeAdapter(adapter, nameOf(adapter.info), "browser")
  if (!fitsAdapter(info, wanted)) throw new Error(noAdapter(wanted, info))
  const device = await requestDevice(adapter)
  const release = () => device.destroy()
  return { device, adapter, info, release, wait: (promised) => promised, shader, shaderNames }
}

/** Browsers say less than drivers do: the most telling of what they tell. */
const nameOf = ({ device, description, vendor, architecture }: GPUAdapterInfo): string =>
  description || device || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter"

function shader(name: string): string {
  if (!Object.hasOwn(SHADERS, name)) throw new ShaderMissing(name, shaderNames())
  return SHADERS[name]
}

const shaderNames = (): string[] => Object.keys(SHADERS)

function noWebGpu(): string {
  const lines = ["There is no WebGPU here: navigator.gpu is missing."]
  if (!globalThis.isSecureContext)
    lines.push("A browser gives it to secure pages only: open this one by https, or from localhost.")
  lines.push(
    "Chrome and Edge have it from version 113, Safari from 26, Firefox from 141 on Windows; it may be switched off.",
  )
  return lines.join("\n")
}

function noAdapter(wanted: string | undefined, found?: AdapterInfo): string {
  const lines = [wanted ? `No WebGPU adapter fits "${wanted}".` : "The browser has WebGPU, but no adapter."]
  if (found)
    lines.push(`  found: ${found.name} (${found.kind}); a browser offers this one alone, ask for nothing to take it`)
  else lines.push("  Its graphics acceleration may be switched off, or the driver may be too old: see chrome://gpu.")
  return lines.join("\n")
}
