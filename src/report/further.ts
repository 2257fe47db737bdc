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
  const columns = columnsNamed(columnsOf(run), by ?? [])
  const { resamples } = evaluation
  return furtherMetrics(sets, run.classes, { columns, resamples, seed: run.config.train.seed })
}

/** The columns of a labels table, a cell per image and repeat; none without a table. */
export function columnsOf({ images }: Pick<Run, "images">): Record<string, string[]> {
  const names = Object.keys(images[0]?.columns ?? {})
  return Object.fromEntries(names.map((name) => [name, images.map(({ columns }) => columns![name])]))
}

/** In the order of predictions.csv, which has one repeat after the other. */
function answered({ images }: Run, { folds }: RunMetrics): Answered[] {
  return images.map(({ group, label, logits, probabilities, calibrated, repeat, fold }) => {
    const own = folds.find((one) => one.repeat === repeat && one.fold === fold)
    const { threshold = HALF, temperature = { value: 1 } } = own ?? {}
    return { group, label, logits, probabilities, calibrated, threshold, temperature: temperature.value }
  })
}
