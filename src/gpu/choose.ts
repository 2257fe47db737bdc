/** The rules by which an adapter is chosen; no Node API. */

import type { AdapterInfo } from "./adapter.ts"

/** An adapter as the instance lists it, before it is opened. */
export interface ListedAdapter {
  backend: string
  name: string
}

const SOFTWARE_NAME = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Whether a processor stands behind the adapter: its name says so, or the driver does. */
export function adapterKind(name: string, isFallback = false): AdapterInfo["kind"] {
  return isFallback || SOFTWARE_NAME.test(name) ? "software" : "gpu"
}

/** GPUs first, otherwise in the order given. */
export function gpusFirst(listed: ListedAdapter[]): ListedAdapter[] {
  const rank = ({ name }: ListedAdapter) => (adapterKind(name) === "gpu" ? 0 : 1)
  return [...listed].sort((a, b) => rank(a) - rank(b))
}

/**
 * Dawn's null backend accepts every command and computes nothing, so that its buffers read as
 * plausible zeros.
 */
export function isNullAdapter(info: Pick<GPUAdapterInfo, "device">, backend = ""): boolean {
  return backend === "null" || info.device === "null-backend"
}

/**
 * Whether the adapter is the one asked for: nothing asked, its kind ("gpu", "software"), or a part
 * of its name, vendor, architecture or driver, in any case. "lavapipe" is Mesa's name for the
 * driver whose device is called llvmpipe.
 */
export function fitsAdapter(info: AdapterInfo, wanted: string | undefined): boolean {
  if (!wanted) return true
  const want = wanted.toLowerCase()
  if (want === "gpu" || want === "software") return info.kind === want
  const text = [info.name, info.vendor, info.architecture, info.description, info.driver].join("\n").toLowerCase()
  return text.includes(want === "lavapipe" ? "llvmpipe" : want)
}
