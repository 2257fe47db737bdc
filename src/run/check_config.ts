/** Whether config.json holds what its readers count and draw by: of a damaged one nothing is begun. */
import type { RunConfig } from "./run_config.ts"

/** Lowest and highest, as the flags of `cnn train` allow them. */
const BOUNDS: [name: string, value: (config: RunConfig) => unknown, low: number, high: number][] = [
  ["size", ({ size }) => size, 1, 4096],
  ["train.folds", ({ train }) => train.folds, 2, 255],
  ["train.repeats", ({ train }) => train.repeats, 1, 1000],
  ["source.count", ({ source }) => (source.kind === "phantom" ? source.count : 1), 1, 1e6],
]

/** @returns what is wrong with it, undefined where nothing is */
export function configProblem(config: RunConfig): string | undefined {
  const { source, data, network } = config
  if (source.kind !== "phantom" && source.kind !== "folder") return "source.kind is neither phantom nor folder"
  if (source.kind === "folder" && typeof source.dir !== "string") return "source.dir is no text"
  if (Object.values(data.classes).some((count) => !Number.isSafeInteger(count))) return "data.classes are no counts"
  if (Object.keys(data.classes).length < 2) return "data.classes are fewer than two"
  if (data.order !== undefined && !isOrder(data.order, data.classes))
    return "data.order is not the names of data.classes"
  if (network !== undefined && !isNetworkFile(network)) return "network is not a copy's name and its SHA-256"
  for (const [name, value, low, high] of BOUNDS) {
    const found = value(config)
    if (!Number.isInteger(found) || (found as number) < low || (found as number) > high)
      return `${name} is ${JSON.stringify(found)}, expected a whole number from ${low} to ${high}`
  }
  return undefined
}

/** It is loaded when the run is resumed: no other name than those that a run gives it. */
const isNetworkFile = ({ file, sha256 }: NonNullable<RunConfig["network"]>): boolean =>
  /^network\.(mjs|ts)$/.test(file) && /^[0-9a-f]{64}$/.test(sha256)

/** Each class once. */
function isOrder(order: unknown, classes: object): boolean {
  const names = Object.keys(classes)
  return Array.isArray(order) && order.length === names.length && names.every((name) => order.includes(name))
}
