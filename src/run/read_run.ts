/**
 * A run folder, read back: what it was trained on, and what was predicted of each image out of
 * fold.
 */
import path from "node:path"
import { answerOf } from "../eval/metrics.ts"
import { tame } from "../files/formula.ts"
import { staysInside } from "../files/inside.ts"
import { readJson, readText } from "../files/read_json.ts"
import { readTable } from "../files/read_table.ts"
import { todaysName } from "../models/networks.ts"
import { configSchema } from "./config_schema.ts"
import { classOrder, type RunConfig } from "./run_config.ts"

/** A line of predictions.csv. */
export interface RunImage {
  file: string
  group: string
  /** Class index, and that which its fold's network answered. */
  label: number
  answer: number
  /** The same at the fold's threshold from validation images. */
  chosen: number
  /** Which whole cross-validation. */
  repeat: number
  /** The fold in which it was tested: its network has seen nothing of the image's group. */
  fold: number
  logits: number[]
  /** One a class. */
  probabilities: number[]
  /** The same after temperature scaling. */
  calibrated: number[]
  /** Further columns of the labels table, by their names in predictions.csv. */
  columns?: Record<string, string>
}

export interface Run {
  folder: string
  config: RunConfig
  classes: string[]
  /** Those of the finished folds, in the order of predictions.csv. */
  images: RunImage[]
}

const EXPECTED = "a run folder of cnn train with a finished fold"

/** @throws when a file of the folder is missing or not what `cnn train` writes */
export function readRun(folder: string): Run {
  const config = readConfig(path.join(folder, "config.json"))
  const classes = classOrder(config.data)
  const file = path.join(folder, "predictions.csv")
  const rows = readTable(readText(file, EXPECTED), file)
  if (rows.length === 0) throw new Error(`${file}: it holds no predictions; expected one row per image`)
  const own = config.data.table ? columnsAfter(Object.keys(rows[0]), "repeat") : []
  const images = rows.map((row, i) => ({
    ...readImage(row, classes, `${file}, line ${i + 2}`),
    ...(own.length > 0 && { columns: Object.fromEntries(own.map((name) => [tame(name), tame(row[name])])) }),
  }))
  return { folder, config, classes, images }
}

const columnsAfter = (names: readonly string[], last: string): string[] => names.slice(names.indexOf(last) + 1)

function readImage(row: Record<string, string>, classes: string[], where: string): RunImage {
  const text = (column: string): string => {
    if (row[column] !== undefined) return row[column]
    throw new Error(`${where}: no column "${column}"; expected what cnn train writes`)
  }
  const number = (column: string): number => {
    const value = Number(text(column))
    if (text(column) !== "" && Number.isFinite(value)) return value
    throw new Error(`${where}: ${column} is "${text(column)}", expected a number`)
  }
  const each = (name: string) =>
    (classes.length === 2 ? [name] : classes.map((label) => `${name}_${label}`)).map(number)
  const known = (column: string): number => {
    const index = classes.indexOf(tame(text(column)))
    if (index >= 0) return index
    throw new Error(`${where}: ${column} is "${text(column)}", expected one of ${classes.join(", ")}`)
  }
  const all = (some: number[]) => (classes.length === 2 ? [1 - some[0], some[0]] : some)
  const file = tame(text("file"))
  if (!staysInside(file))
    throw new Error(`${where}: file is ${JSON.stringify(file)}, expected a path that stays in the data folder`)
  const probabilities = all(each("probability"))
  return {
    ...{ file, group: tame(text("group")), label: known("label") },
    ...{ answer: answerOf(probabilities), chosen: known("answer"), repeat: number("repeat"), fold: number("fold") },
    ...{ logits: each("logit"), probabilities, calibrated: all(each("calibrated")) },
  }
}

export function readConfig(file: string): RunConfig {
  const config = readJson(file, configSchema, EXPECTED)
  return { ...config, train: { ...config.train, model: todaysName(config.train.model) } }
}
