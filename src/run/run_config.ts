/**
 * config.json: everything needed to repeat a run, and to see whether the repetition was given the
 * same.
 */
import type { Dataset } from "../data/dataset.ts"
import type { AdapterInfo, Tuned } from "../gpu/adapter.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import type { TrainConfig } from "../train/config.ts"
import { copyName } from "../weights/member.ts"
import { type DataSource, dataHash } from "./data_source.ts"
import type { InitFacts } from "./initial_weights.ts"
import { versions } from "./versions.ts"

/** What a run is computed with, beside its arguments. */
export interface Circumstances {
  /** ISO 8601. */
  started: string
  versions: Record<string, string>
  adapter: Omit<AdapterInfo, "kernels" | "tuned">
  /**
   * How kernels were chosen. A table of `cnn tune` names some; whatever it does not name is
   * computed by the default.
   */
  kernels: "default" | "plain" | Tuned
}

export interface RunConfig extends Circumstances {
  /** As typed. */
  command: string[]
  /** Dawn's validation and robustness were left on. */
  exact: boolean
  train: TrainConfig
  /**
   * A user's own network: its copy in the run folder, and the SHA-256 of that. Absent for a
   * built-in network.
   */
  network?: { file: string; sha256: string }
  /** Where its networks begin; absent if all of their weights are drawn. */
  init?: InitFacts
  /** Columns of the images whose values are subgroups; absent if there are none. */
  by?: string[]
  /** Width and height of the images, in pixels. */
  size: number
  source: DataSource
  data: {
    name: string
    images: number
    /** Images a class. */
    classes: Record<string, number>
    /**
     * Their names in order, which an object does not keep of names such as "10"; runs before there
     * was this have none.
     */
    order?: string[]
    groups: number
    grouping: string
    /** See `Grouping`. */
    patientsUnknown?: boolean
    groupWarnings?: string[]
    /** Where the images of each class lay. */
    tree?: Dataset["tree"]
    /** The labels table, and what of it does not fit the images. */
    table?: Dataset["table"]
    /** See `dataHash`. */
    hash: string
    skipped: { file: string; reason: string }[]
    /** See `Dataset`. */
    beside?: Dataset["beside"]
  }
  /**
   * Pages of the run are without images, and names in them are hashed under this key; absent if
   * they show both.
   */
  hidden?: string
  /** See `Checkpoints.every`. */
  checkpointEvery?: number
  /** Each time that it went on after a pause. */
  resumed?: Circumstances[]
}

export function circumstances({ kernels, tuned, ...adapter }: AdapterInfo, started: Date): Circumstances {
  return { started: started.toISOString(), versions: versions(), adapter, kernels: kernels ?? tuned ?? "default" }
}

export function runConfig(
  run: Pick<RunConfig, "command" | "exact" | "train" | "source" | "network" | "by"> & { adapter: AdapterInfo },
  data: Dataset,
  started: Date,
): RunConfig {
  const { command, exact, train, network, source, by } = run
  return {
    command,
    ...circumstances(run.adapter, started),
    ...{ exact, train },
    ...(network && { network }),
    ...(by && { by }),
    source,
    size: data.size,
    data: dataFacts(data),
  }
}

/** As config.json records a user's own network. */
export const copyOf = ({ name, file }: NetworkDefinition): RunConfig["network"] =>
  file ? { file: copyName(name), sha256: file.sha256 } : undefined

/** What was read, such that it can be told whether a repetition was given the same. */
export function dataFacts(data: Dataset): RunConfig["data"] {
  const { name, files, groups, grouping, patientsUnknown, groupWarnings, tree, table, skipped, beside } = data
  return {
    name,
    images: files.length,
    classes: classCounts(data),
    order: data.classes,
    groups: new Set(groups).size,
    ...{ grouping, patientsUnknown, groupWarnings, tree, table },
    hash: dataHash(data),
    skipped,
    ...(beside && beside.length > 0 && { beside }),
  }
}

/** The names of the classes; the second of two is the positive one. */
export const classOrder = ({ classes, order }: RunConfig["data"]): string[] => order ?? Object.keys(classes)

/** Images a class. */
function classCounts({ classes, labels }: Pick<Dataset, "classes" | "labels">): Record<string, number> {
  const counts = classes.map((_, index) => labels.reduce((n, label) => n + (label === index ? 1 : 0), 0))
  return Object.fromEntries(classes.map((name, index) => [name, counts[index]]))
}
