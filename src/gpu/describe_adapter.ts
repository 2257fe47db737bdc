/** What the engine notes of an adapter and asks of it, in Node as in a browser; no Node API. */
import type { AdapterInfo } from "./adapter.ts"
import { adapterKind } from "./choose.ts"

const FEATURES: GPUFeatureName[] = ["subgroups", "timestamp-query"]

export function describeAdapter(adapter: GPUAdapter, name: string, backend: string): AdapterInfo {
  const { vendor, architecture, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = adapter.info
  const kind = adapterKind(name, isFallbackAdapter)
  const subgroups = adapter.features.has("subgroups")
  // WebGPU's description is what the driver says of itself; "subgroups" are asked for wherever
  // there are any.
  const subgroupSize = subgroups && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0
  const driver = description
  return { kind, name, vendor, architecture, description, driver, subgroups, subgroupSize, backend }
}

/**
 * With every limit at the adapter's maximum, and the features that kernels and the profiler use.
 */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {}
  for (const name in adapter.limits) requiredLimits[name] = Number(adapter.limits[name as keyof GPUSupportedLimits])
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature))
  return adapter.requestDevice({ requiredFeatures, requiredLimits })
}
