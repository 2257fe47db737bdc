/** What a figure is worth depends on: the adapter, the machine, how often it was taken. */
import { availableParallelism } from "node:os"
import type { AdapterInfo, DeviceOptions } from "../src/gpu/adapter.ts"
import type { BenchGpu } from "./device.ts"

export interface Head {
  adapter: Pick<AdapterInfo, "name" | "kind" | "driver" | "subgroupSize"> & { timestamps: boolean; exact: boolean }
  date: string
  node: string
  cores: number
  /** Turns that each got. */
  rounds: number
}

export function headOf(gpu: BenchGpu, { exact = false, rounds }: DeviceOptions & { rounds: number }): Head {
  const { name, kind, driver, subgroupSize } = gpu.adapter
  const timestamps = gpu.device.features.has("timestamp-query")
  return {
    adapter: { name, kind, driver, subgroupSize, timestamps, exact },
    date: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    rounds,
  }
}
