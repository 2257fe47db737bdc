/**
 * Dawn as the npm package `webgpu` binds it: loading it, listing its adapters, asking for one. Node
 * only.
 */

import type { AdapterInfo } from "./adapter.ts"
import { isNullAdapter, type ListedAdapter } from "./choose.ts"
import { describeAdapter } from "./describe_adapter.ts"

type Dawn = typeof import("webgpu")

/**
 * Every instance that was made, so that none is ever collected. Dawn's binding polls an instance
 * through a bare pointer while anything of its device is unsettled; where the instance was
 * collected before that, the process aborted ("Invalid argument") or waited for ever on a mutex in
 * freed memory (webgpu 0.6.2). They do not keep the process from ending.
 */
const instances: GPU[] = []

export interface FoundAdapter {
  adapter: GPUAdapter
  info: AdapterInfo
  /** Dawn's switches that its instance was made with. */
  flags: string[]
}

/**
 * Loads Dawn and defines WebGPU's globals (GPUBufferUsage and the like).
 * @throws where its binary does not load, with the dynamic linker's reason.
 */
export async function loadDawn(): Promise<Dawn> {
  try {
    const dawn = await import("webgpu")
    Object.assign(globalThis, dawn.globals)
    return dawn
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(
      `The package webgpu does not load: ${reason}\n` +
        "On Linux it needs glibc 2.34 and libstdc++ of GCC 12 or newer (Debian 12, Ubuntu 22.04), and no musl (Alpine).",
    )
  }
}

/**
 * What Dawn offers with the drivers that the loader shows now: asked for an impossible name, it
 * answers with those there are.
 */
export async function listAdapters(dawn: Dawn): Promise<ListedAdapter[]> {
  try {
    await makeInstance(dawn, ["adapter=\u0001"]).requestAdapter()
    return []
  } catch (error) {
    const lines = (error as Error).message.matchAll(/backend: '(.*?)', name: '(.*)'/g)
    return [...lines].map(([, backend, name]) => ({ backend, name }))
  }
}

/** @returns undefined where Dawn does not give the adapter, or where it is the null backend. */
export async function findAdapter(
  dawn: Dawn,
  { backend, name }: ListedAdapter,
  flags: string[] = [],
): Promise<FoundAdapter | undefined> {
  const adapter = await makeInstance(dawn, [`backend=${backend}`, `adapter=${name}`, ...flags]).requestAdapter()
  if (!adapter || isNullAdapter(adapter.info, backend)) return undefined
  return { adapter, info: describeAdapter(adapter, name, backend), flags }
}

function makeInstance({ create }: Dawn, flags: string[]): GPU {
  const instance = create(flags)
  instances.push(instance)
  return instance
}
