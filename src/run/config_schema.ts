/** What the readers of config.json need of it: nothing is begun with a damaged one. */

import path from "node:path"
import { checked, count, either, flag, having, keyed, list, nullable, number, object, oneOf, optional, record, type Schema, text, whole } from "../files/schema.ts" // biome-ignore format: a list
import { MAX_SIZE } from "../models/define_network.ts"
import { keepNames, optimizerNames, samplingNames, scheduleNames } from "../train/config.ts"
import type { RunConfig } from "./run_config.ts"

const augment = object({
  ...keyed(["rotation", "zoom", "shift", "shear", "brightness", "contrast"], number).entries,
  ...keyed(["flipHorizontal", "flipVertical"], flag).entries,
})

/** Numbers are those that the flags of `cnn train` allow, where something is counted by them. */
const train = object({
  ...{ model: text, seed: number, folds: whole(1, 255), repeats: whole(1, 1000), epochs: count, patience: count },
  ...{ batch: count, validation: number, keep: oneOf(keepNames), optimizer: oneOf(optimizerNames), lr: number },
  ...{ split: optional(oneOf(["given"])), foldsBy: optional(text) },
  ...{ weightDecay: number, schedule: oneOf(scheduleNames), clip: number },
  posWeight: either([number, oneOf(["auto"])], 'a number or "auto"'),
  ...{ sampling: oneOf(samplingNames), sensitivity: nullable(number), augment: nullable(augment) },
  freeze: optional(list(text)),
})

const phantom = object({ kind: oneOf(["phantom"]), count: whole(1, 1e6), seed: number, byType: flag })
const folder = object({
  ...{ kind: oneOf(["folder"]), dir: text, positive: optional(text) },
  ...{ classes: optional(text), groupsFile: optional(text), groupBy: optional(text), groupNames: optional(flag) },
  ...{
    labels: optional(text),
    labelColumn: optional(text),
    fileColumn: optional(text),
    allImages: optional(flag),
    strict: flag,
  },
})

const adapter = object({
  ...{ kind: oneOf(["gpu", "software"]), name: text, vendor: text, architecture: text, description: text },
  ...{ driver: text, subgroups: flag, subgroupSize: number, backend: text },
})

const circumstances = {
  ...{ started: text, versions: record(text), adapter },
  kernels: either(
    [oneOf(["default", "plain"]), object({ hash: text, date: text, choices: record(text) })],
    '"default", "plain" or a table',
  ),
}

const size = whole(1, MAX_SIZE)

const place = object({
  name: text,
  images: count,
  from: list(object({ folder: text, images: count })),
  table: optional(text),
})

const contradiction = object({ file: text, folder: text, label: text, line: count })
const table = object({
  ...{ file: text, sha256: text, fileColumn: text, labelColumn: text, groupColumn: optional(text) },
  columns: list(text),
  ...{ withoutFile: list(object({ file: text, line: count })), contradicted: list(contradiction) },
})

const sha256 = checked(text, (hash) => /^[0-9a-f]{64}$/.test(hash), "a SHA-256")

/** It is loaded when the run is resumed: no other name than those that a run gives it. */
const network = object({
  file: checked(text, (file) => /^network\.(mjs|ts)$/.test(file), "the name of the run's copy"),
  sha256,
})

const init = object({
  ...{ path: text, source: text, images: nullable(count), taken: count },
  files: list(
    object({ file: checked(text, (file) => path.basename(file) === file, "a name without folders"), sha256 }),
  ),
  ...{ notes: list(text), unused: list(text), missing: list(text) },
})

const key = checked(text, (hex) => /^[0-9a-f]{64}$/.test(hex), "a key of 64 hexadecimal digits")

/** Each class once, in `order` where there is one. */
const data = checked(
  object({
    ...{ name: text, images: count, groups: count, grouping: text, hash: text },
    ...{ patientsUnknown: optional(flag), groupWarnings: optional(list(text)), tree: optional(list(place)) },
    table: optional(table),
    classes: checked(record(count), (classes) => Object.keys(classes).length >= 2, "two classes or more"),
    order: optional(list(text)),
    skipped: list(object({ file: text, reason: text })),
    beside: optional(list(object({ file: text, reason: text }))),
  }),
  ({ classes, order }) => !order || isOrder(order, Object.keys(classes)),
  "an order that has each name of the classes once",
)

const isOrder = (order: readonly string[], names: readonly string[]): boolean =>
  order.length === names.length && names.every((name) => order.includes(name))

export const configSchema = object({
  ...{
    command: list(text),
    ...circumstances,
    exact: flag,
    train,
    network: optional(network),
    init: optional(init),
    by: optional(list(text)),
    size,
    source: having("count", phantom, folder),
    data,
  },
  ...{ checkpointEvery: optional(number), hidden: optional(key), resumed: optional(list(object(circumstances))) },
}) satisfies Schema<RunConfig>
