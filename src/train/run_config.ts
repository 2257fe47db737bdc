/** config.json: everything needed to repeat a run, and to see whether the repetition was given the same. */
import type { Dataset } from "../data/dataset.ts"
import type { AdapterInfo, Tuned } from "../gpu/adapter.ts"
import type { TrainConfig } from "./config.ts"
import { type DataSource, dataHash } from "./data_source.ts"
import { versions } from "./versions.ts"

export interface RunConfig {
  /** As typed. */
  command: string[]
  /** ISO 8601. */
  started: string
  versions: Record<string, string>
  adapter: Omit<AdapterInfo, "tuned">
  /** The table of `cnn tune` that kernels were chosen by; whatever it does not name is computed by the default. */
  kernels: "default" | Tuned
  /** Dawn's validation and robustness were left on. */
  exact: boolean
  train: TrainConfig
  /** Width and height of the images, in pixels. */
  size: number
  source: DataSource
  data: {
    name: string
    images: number
    /** Images a class. */
    classes: Record<string, number>
    groups: number
    grouping: string
    /** See `dataHash`. */
    hash: string
    skipped: { file: string; reason: string }[]
  }
}

export function runConfig(
  run: Pick<RunConfig, "command" | "exact" | "train" | "source"> & { adapter: AdapterInfo },
  data: Dataset,
  started: Date,
): RunConfig {
  const { tuned, ...adapter } = run.adapter
  return {
    ...run,
    adapter,
    kernels: tuned ?? "default",
    started: started.toISOString(),
    versions: versions(),
    size: data.size,
    data: dataFacts(data),
  }
}

/** What was read, such that it can be told whether a repetition was given the same. */
export function dataFacts(data: Dataset): RunConfig["data"] {
  const { name, files, groups, grouping, skipped } = data
  return {
    name,
    images: files.length,
    classes: classCounts(data),
    groups: new Set(groups).size,
    grouping,
    hash: dataHash(data),
    skipped,
  }
}

/** Images a class, in the order of the classes. */
function classCounts({ classes, labels }: Pick<Dataset, "classes" | "labels">): Record<string, number> {
  const counts = classes.map((_, index) => labels.reduce((n, label) => n + (label === index ? 1 : 0), 0))
  return Object.fromEntries(classes.map((name, index) => [name, counts[index]]))
}
