import { existsSync } from "node:fs"
import path from "node:path"
import { namesFile, readNetworkFile } from "../run/network_file.ts"
import type { RunConfig } from "../run/run_config.ts"
import { defaultConfig } from "../train/defaults.ts"
import { columnNames } from "./flag_by.ts"
import { dashed } from "./flag_text.ts"
import { rangesGiven } from "./flags_augment.ts"
import type { DataArguments } from "./flags_data.ts"
import type { InitArguments } from "./flags_init.ts"
import type { TrainArguments } from "./flags_train.ts"
import { UsageError } from "./usage_error.ts"

type Given = DataArguments &
  TrainArguments &
  Pick<InitArguments, "freeze"> & { out?: string; exact: boolean; by?: string; images?: boolean }

/**
 * A run resumes with its original options. They may be given again; `--data` may say where the same
 * images lie now.
 *
 * @throws where another value is given, naming both
 */
export function checkSameOptions(given: Given, folder: string, config: RunConfig): void {
  if (given.out !== undefined && path.resolve(given.out) !== path.resolve(folder))
    throw new UsageError(`--out is for a new run; with --resume everything comes to ${folder}. Leave it out.`)
  checkSameModel(given.model, folder, config)
  for (const [flag, value, was] of pairs(given, config)) {
    if (value === undefined || value === was) continue
    const [typed, other] =
      typeof value === "boolean"
        ? [`--${value ? "" : "no-"}${flag}`, "without it"]
        : [`--${flag} ${value}`, `with ${was ?? "none"}`]
    throw new UsageError(
      `${typed} was given, but ${folder} was started ${other}. ` +
        "A run resumes with its original options: leave it out, or start a new run.",
    )
  }
}

/** The network's file may lie anywhere, but not have changed. */
function checkSameModel(given: string | undefined, folder: string, { train, network }: RunConfig): void {
  if (given === undefined) return
  if (network && namesFile(given) && readNetworkFile(given).sha256 === network.sha256) return
  if (!network && given === train.model) return
  const was = network ? `the network of ${train.model}, of which it keeps a copy: ${network.file}` : train.model
  const other = network && namesFile(given) ? ", which is another file or has changed since" : ""
  throw new UsageError(
    `--model ${given} was given${other}, but ${folder} was started with ${was}. ` +
      "A run resumes with its original network: leave --model out, or start a new run.",
  )
}

/** Flag, value given, value of the run; undefined where it is not given. */
function pairs(given: Given, { train, source, size, exact, by, hidden }: RunConfig): [string, unknown, unknown][] {
  const { augment, model: _, ...keys } = defaultConfig
  const ranges = rangesGiven(given) as (keyof NonNullable<typeof augment>)[]
  const { positive, classes, groups, groupBy, groupNames, allImages, strict, count, byType } = given
  const was: Record<string, unknown> = { ...source }
  return [
    ...(Object.keys(keys) as (keyof typeof keys)[]).map((key): [string, unknown, unknown] => [
      dashed(key),
      given[key],
      train[key],
    ]),
    ["split", given.split, train.split ?? "cross-validation"],
    ["folds-by", given.foldsBy, train.foldsBy],
    ["freeze", given.freeze?.join(","), train.freeze?.join(",")],
    ["augment", given.augment, train.augment !== null],
    ...ranges.map((key): [string, unknown, unknown] => [dashed(key), given[key], train.augment?.[key]]),
    ["positive", positive, was.positive],
    ["classes", classes, was.classes],
    ["label-column", given.labelColumn, was.labelColumn],
    ["file-column", given.fileColumn, was.fileColumn],
    ["group-names", groupNames, was.groupNames],
    ["all-images", allImages, was.allImages],
    ["groups", groups && path.resolve(groups), was.groupsFile && path.resolve(String(was.groupsFile))],
    ["group-by", groupBy, was.groupBy],
    ["strict", strict, was.strict],
    ["count", count, was.count],
    ["by-type", byType, was.byType],
    ["size", given.size, size],
    ["by", columnNames(given.by)?.join(","), by?.join(",")],
    ["images", given.images, hidden === undefined],
    ["exact", given.exact || undefined, exact],
  ]
}

/**
 * The run's config with the images and the labels table where they lie now.
 *
 * @throws where they are not there
 */
export function withData(
  config: RunConfig,
  folder: string,
  { data, labels: table }: Pick<DataArguments, "data" | "labels">,
): RunConfig {
  const { source } = config
  if (source.kind === "phantom") {
    if (data !== undefined)
      throw new UsageError(`--data was given, but ${folder} was started on the built-in phantom. Leave it out.`)
    return config
  }
  if (table !== undefined && source.labels === undefined)
    throw new UsageError(`--labels was given, but ${folder} was started without a table. Leave it out.`)
  const labels = table === undefined ? source.labels : path.resolve(table)
  const dir = data === undefined ? source.dir : path.resolve(data)
  if (!existsSync(dir))
    throw new Error(`${dir}: no such folder; it held the images of ${folder}. Give their new place: --data DIR`)
  return { ...config, source: { ...source, dir, labels }, data: { ...config.data, name: dir } }
}

/** The run's config with its first weights where they lie now. */
export function withInit(config: RunConfig, folder: string, init: string | undefined): RunConfig {
  if (init === undefined) return config
  if (!config.init)
    throw new UsageError(`--init was given, but ${folder} was started with weights drawn from its seed. Leave it out.`)
  return { ...config, init: { ...config.init, path: path.resolve(init) } }
}
