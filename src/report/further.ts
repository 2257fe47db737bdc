/** A run's further metrics, from metrics.json or, if it has none, computed from its predictions. */
import type { Answered } from "../eval/evaluation.ts"
import { type FurtherMetrics, furtherMetrics } from "../eval/further_metrics.ts"
import { columnsNamed } from "../eval/subgroups.ts"
import { HALF } from "../eval/threshold.ts"
import type { RunMetrics } from "../run/metrics_file.ts"
import type { Run } from "../run/read_run.ts"

/**
 * @param by columns of predictions.csv whose values are subgroups; those of metrics.json if
 * undefined
 * @throws if there is no such column
 */
export function furtherOf(run: Run, evaluation: RunMetrics, by?: readonly string[]): FurtherMetrics {
  const { patients, subgroups, fixedRates, decisionCurve } = evaluation
  const isRead = patients !== undefined && fixedRates !== undefined && decisionCurve !== undefined
  if (isRead && by === undefined) return { patients, subgroups: subgroups ?? null, fixedRates, decisionCurve }
  const set = answered(run, evaluation)
  const repeats = [...new Set(run.images.map(({ repeat }) => repeat))]
  const sets = repeats.map((repeat) => set.filter((_, i) => run.images[i].repeat === repeat))
  const columns = columnsNamed(columnsOf(run), ownNames(run, by ?? []))
  const { resamples } = evaluation
  return furtherMetrics(sets, run.classes, { columns, resamples, seed: run.config.train.seed })
}

/**
 * The columns of a labels table by its own names, a cell per image and repeat; none without a
 * table.
 */
export function columnsOf(run: Pick<Run, "images" | "config">): Record<string, string[]> {
  const cells = (name: string) => run.images.map(({ columns }) => columns![name])
  return Object.fromEntries(renamed(run).map(([name, own]) => [own, cells(name)]))
}

/** Columns as `columnsOf` names them; predictions.csv calls "group" of a table "table_group". */
export function ownNames(run: Pick<Run, "images" | "config">, by: readonly string[]): string[] {
  const own = new Map(renamed(run))
  return by.map((name) => own.get(name) ?? name)
}

/** Names of a table's columns in predictions.csv and in the table, which are in one order. */
function renamed({ images, config }: Pick<Run, "images" | "config">): [string, string][] {
  const names = Object.keys(images[0]?.columns ?? {})
  const own = config.data.table?.columns ?? []
  return names.map((name, k) => [name, own.length === names.length ? own[k] : name])
}

/** As metrics take them, in the order of predictions.csv: one repeat after the other. */
export function answered({ images }: Run, { folds }: RunMetrics): Answered[] {
  return images.map(({ group, label, logits, probabilities, calibrated, repeat, fold }) => {
    const own = folds.find((one) => one.repeat === repeat && one.fold === fold)
    const { threshold = HALF, temperature = { value: 1 } } = own ?? {}
    return { group, label, logits, probabilities, calibrated, threshold, temperature: temperature.value }
  })
}
