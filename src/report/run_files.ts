/**
 * Everything in a run folder that its report is made of, read back. What is optional is null where
 * it is absent.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { type AuditFile, auditSchema } from "../audit/audit_file.ts"
import type { Metric } from "../eval/evaluation.ts"
import type { FurtherMetrics } from "../eval/further_metrics.ts"
import { type Explanations, readExplanations } from "../explain/explanations.ts"
import { readJson } from "../files/read_json.ts"
import { readTable } from "../files/read_table.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { builtIn } from "../models/networks.ts"
import { CHECKPOINTS } from "../run/checkpoints.ts"
import { type RunMetrics, withoutNames } from "../run/metrics_file.ts"
import { metricsSchema, summarySchema } from "../run/metrics_schema.ts"
import { type Run, readRun } from "../run/read_run.ts"
import type { Summary } from "../run/summary.ts"
import type { EpochRow } from "../train/events.ts"
import { readComparison, type ShownComparison } from "./comparison_file.ts"
import { furtherOf } from "./further.ts"

export interface RunFiles extends Run {
  summary: Summary
  evaluation: RunMetrics
  /** Patients, subgroups, fixed rates and the decision curve. */
  further: FurtherMetrics
  history: EpochRow[]
  audit: AuditFile | null
  explanations: Explanations
  comparison: ShownComparison | null
  /** What the run trained, if it is known: a built-in network, or the file that `--model` names. */
  network: NetworkDefinition | undefined
}

interface RunFilesOptions {
  /**
   * Where the comparison to be shown lies: a file, or a folder that it lies in; else in the run's
   * own, if any.
   */
  comparison?: string
  /** That of `--model`. */
  network?: NetworkDefinition
}

const ENDED = "a run folder of cnn train that came to its end"

/** @throws when a file is missing that every run with a finished fold has, or cannot be read */
export function readRunFiles(
  folder: string,
  { comparison = path.join(folder, "comparison.json"), network }: RunFilesOptions = {},
): RunFiles {
  const at = (name: string) => path.join(folder, name)
  if (!existsSync(at("metrics.json")) && existsSync(at(CHECKPOINTS)))
    throw new Error(
      `${folder}: the run is unfinished. If it is not running, continue it: npx cnn train --resume ${folder}`,
    )
  const run = readRun(folder)
  const summary = readJson(at("summary.json"), summarySchema, ENDED)
  const evaluation = withoutNames(readJson(at("metrics.json"), metricsSchema, ENDED))
  for (const [name, { classes }] of Object.entries({ "summary.json": summary, "metrics.json": evaluation }))
    if (classes.join("\0") !== run.classes.join("\0"))
      throw new Error(`${at(name)}: classes are ${classes.join(", ")}, those of config.json ${run.classes.join(", ")}`)
  return {
    ...{
      ...run,
      summary,
      evaluation,
      further: furtherOf(run, evaluation),
      history: readHistory(at("history.csv")),
    },
    audit: existsSync(at("audit.json")) ? readJson(at("audit.json"), auditSchema, ENDED) : null,
    explanations: readExplanations(run),
    comparison: readComparison(comparison, run.config),
    network: network ?? builtIn(run.config.train.model),
  }
}

/** Of all folds together; with more than two classes the mean of each against the rest. */
export function aucOfRun({ evaluation }: Pick<RunFiles, "evaluation">): Metric {
  const { pooled } = evaluation
  return "ranking" in pooled ? pooled.ranking.auc : pooled.figures.auc
}

function readHistory(file: string): EpochRow[] {
  if (!existsSync(file)) throw new Error(`${file}: no such file; expected a run folder of cnn train`)
  const rows = readTable(readFileSync(file, "utf8"), file)
  return rows.map((row, i) => {
    const number = (column: string): number => {
      const value = Number(row[column])
      if (row[column] !== undefined && row[column] !== "" && Number.isFinite(value)) return value
      throw new Error(`${file}, line ${i + 2}: ${column} is "${row[column]}", expected a number`)
    }
    const validated = (column: string) => (row[column] === "" ? null : number(column))
    return {
      ...{ repeat: number("repeat"), fold: number("fold"), epoch: number("epoch") },
      ...{ loss: number("loss"), accuracy: number("accuracy") },
      ...{ validationLoss: validated("validation_loss"), validationAccuracy: validated("validation_accuracy") },
      ...{ lr: number("learning_rate"), imagesPerSecond: number("images_per_second"), best: number("best") === 1 },
    }
  })
}
