/**
 * What `cnn doctor` runs in a process of its own for every driver: a broken driver may crash or
 * hang, and Dawn and the loader tell their reasons on standard error only. The answer goes to the
 * parent as a message.
 */

import type { AdapterInfo } from "../gpu/adapter.ts"
import { gpusFirst } from "../gpu/choose.ts"
import { findAdapter, listAdapters, loadDawn } from "../gpu/dawn.ts"
import { loadAnyLoader } from "../gpu/sources.ts"
import { withDrivers } from "../gpu/vulkan.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"

export interface ProbedAdapter extends AdapterInfo {
  features: string[]
  limits: Record<string, number>
}

/** What `list` and `open` answer; an error as its message. */
export type ProbeAnswer<T> = { answer: T } | { error: string }

/** All adapters of these driver files; of the platform's own where there are none. */
async function list(drivers: string[]): Promise<ProbedAdapter[]> {
  const dawn = await loadDawn()
  const missing = drivers.length ? await loadAnyLoader() : undefined
  if (missing) throw new Error(missing)
  return withDrivers(drivers, async () => {
    const adapters: ProbedAdapter[] = []
    for (const listed of gpusFirst(await listAdapters(dawn))) {
      const found = await findAdapter(dawn, listed)
      if (found)
        adapters.push({ ...found.info, features: [...found.adapter.features].sort(), limits: limitsOf(found.adapter) })
    }
    return adapters
  })
}

function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  const values: Record<string, number> = {}
  for (const name in limits) values[name] = Number(limits[name as keyof GPUSupportedLimits])
  return values
}

/**
 * Opens the adapter as every command does and has it compute, since a driver that loads may still
 * not work.
 */
async function open(adapter: string | undefined): Promise<AdapterInfo> {
  const gpu = await openGpu({ adapter })
  try {
    const ones = await gpu.ones([1000]).read()
    if (!ones.every((one) => one === 1))
      throw new Error(`${gpu.adapter.name} opens, but does not compute: a kernel's output is wrong`)
    return gpu.adapter
  } finally {
    gpu.close()
  }
}

if (process.send) {
  const [task, ...rest] = process.argv.slice(2)
  let reply: ProbeAnswer<unknown>
  try {
    reply = { answer: task === "list" ? await list(rest) : await open(rest[0]) }
  } catch (error) {
    reply = { error: (error as Error).message }
  }
  process.send(reply, () => process.disconnect())
}
