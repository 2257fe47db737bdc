/** The files of an evaluation: predictions.csv and metrics.json. */
import { RESAMPLES } from "../eval/bootstrap.ts"
import { LEVEL } from "../eval/interval.ts"
import { csv } from "../files/csv.ts"
import type { DataSource } from "../run/data_source.ts"
import { dataFacts } from "../run/run_config.ts"
import { json } from "../run/run_folder.ts"
import { versions } from "../run/versions.ts"
import type { EvaluatedRun, ExternalEvaluation } from "./evaluate_runs.ts"
import { ensembleMetric } from "./result_text.ts"

/** What was asked for. */
export interface Asked {
  command: readonly string[]
  source: DataSource
  started: Date
}

/**
 * predictions.csv: a row per run and image, in the order of the files. With two classes,
 * probability and calibrated are those of the second; with more there is a column per class. The
 * labels table's columns stand behind.
 */
export function evaluationCsv({ data, classes, runs }: ExternalEvaluation): string {
  const binary = classes.length === 2
  const each = (name: string) => (binary ? [name] : classes.map((label) => `${name}_${label}`))
  const others = Object.entries(data.columns ?? {})
  const one = (probabilities: number[]) => (binary ? [probabilities[1]] : probabilities)
  const rows = runs.flatMap(({ run, images }) =>
    images.map(({ file, group, label, probabilities, calibrated, chosen }, i) => [
      ...[file, group, classes[label], ...one(probabilities), ...one(calibrated), classes[chosen], run.folder],
      ...others.map(([, cells]) => cells[i]),
    ]),
  )
  const columns = ["file", "group", "label", ...each("probability"), ...each("calibrated"), "answer", "run"]
  return csv([...columns, ...others.map(([name]) => name)], rows)
}

/** metrics.json, before it is text. */
export function evaluationMetrics(result: ExternalEvaluation, { command, source, started }: Asked) {
  const { data, classes, leftOut, gaps, sharedGroups, notDefined, runs, compared } = result
  return {
    ...{ command, started: started.toISOString(), versions: versions(), source },
    data: { ...dataFacts(data), tree: undefined },
    ...{ classes, level: LEVEL, resamples: RESAMPLES, leftOut, gaps, sharedGroups, notDefined },
    runs: runs.map(runMetrics),
    compared: compared ?? undefined,
  }
}

export const evaluationJson = (result: ExternalEvaluation, asked: Asked): string =>
  json(evaluationMetrics(result, asked))

function runMetrics({ name, networks, threshold, evaluation, patients, drop }: EvaluatedRun) {
  const binary = "atHalf" in evaluation
  return {
    run: name,
    ...(binary && { threshold }),
    networks: networks.map(({ repeat, fold, threshold, temperature }, k) => ({
      ...{ repeat, fold, ...(binary && { threshold }), temperature },
      metrics: Object.fromEntries(Object.entries(drop).map(([key, { networks }]) => [key, networks[k]])),
    })),
    evaluation,
    patients: patients ?? undefined,
    drop: Object.fromEntries(
      Object.entries(drop).map(([key, { outOfFold, here, change }]) => [
        key,
        { outOfFold, here, change, ensemble: ensembleMetric(evaluation, key) },
      ]),
    ),
  }
}
