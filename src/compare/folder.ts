/**
 * What a comparison leaves behind: comparison.json, comparison.csv and the predictions of each
 * contender, rewritten as contenders end, so that a comparison that is stopped leaves those that it
 * finished; comparison.svg at its end.
 */
import { rmdirSync, rmSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { RESAMPLES } from "../eval/bootstrap.ts"
import { LEVEL } from "../eval/interval.ts"
import { csv } from "../files/csv.ts"
import { makeFolder, makeFreshFolder, refuseFull } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import type { NetworkFile } from "../models/define_network.ts"
import { json, timeName } from "../run/run_folder.ts"
import { copyName } from "../weights/member.ts"
import {
  type Comparison,
  claimsOf,
  type Difference,
  differenceOf,
  predictionsFile,
  type Row,
  rowOf,
} from "./comparison.ts"
import type { CompareConfig } from "./config.ts"
import { type Outcome, settingText } from "./contender.ts"

export class ComparisonFolder {
  readonly #rows: Row[] = []
  readonly #outcomes: Outcome[] = []
  readonly #differences = new Map<string, Difference>()

  private constructor(
    readonly folder: string,
    readonly data: Dataset,
    readonly config: CompareConfig,
  ) {}

  /**
   * @param out where to; `runs/<time>-compare` without it
   * @param network the file of a user's own network, of which the folder keeps a copy
   * @throws when `out` is there and not empty
   */
  static create(
    out: string | undefined,
    data: Dataset,
    config: CompareConfig,
    network: NetworkFile | null = null,
  ): ComparisonFolder {
    if (out !== undefined) refuseFull(out)
    const name = path.join("runs", `${timeName(new Date(config.started))}-compare`)
    const folder = out ?? makeFreshFolder(name)
    makeFolder(folder)
    const made = new ComparisonFolder(folder, data, config)
    if (network) made.#write(copyName(network.name), network.text)
    return made
  }

  /** Keeps a contender that is finished. */
  take(outcome: Outcome): Row {
    const { data, config } = this
    const row = rowOf(data, outcome, config.train.seed)
    this.#rows.push(row)
    this.#outcomes.push(outcome)
    this.#write(predictionsFile(outcome.id), predictionsCsv(data, outcome))
    const comparison = this.comparison()
    this.#write("comparison.json", json(comparison))
    this.#write("comparison.csv", comparisonCsv(comparison))
    return row
  }

  /**
   * Removes the folder where no contender was finished: there is nothing to keep.
   *
   * @returns whether it was so
   */
  discardEmpty(): boolean {
    if (this.#rows.length > 0) return false
    if (this.config.network) rmSync(path.join(this.folder, this.config.network.file), { force: true })
    rmdirSync(this.folder)
    return true
  }

  /** Writes comparison.svg. To be called once, when there is something to draw. */
  async end(draw: (comparison: Comparison) => Promise<string>): Promise<Comparison> {
    const comparison = this.comparison()
    this.#write("comparison.svg", await draw(comparison))
    return comparison
  }

  /** What the finished contenders come to. */
  comparison(): Comparison {
    const { config } = this
    const contenders = this.#rows
    const differences = this.#pairs()
    return {
      complete: contenders.length === config.methods.length + config.optimizers.length,
      ...{ level: LEVEL, resamples: RESAMPLES, contenders, differences },
      claims: claimsOf(contenders, differences),
      config,
    }
  }

  #pairs(): Difference[] {
    const { data, config } = this
    const networksFirst = this.#outcomes.toSorted((a, b) => Number(b.kind === "cnn") - Number(a.kind === "cnn"))
    return networksFirst.flatMap((a, i) =>
      networksFirst.slice(i + 1).map((b) => {
        const key = `${a.id} ${b.id}`
        const known = this.#differences.get(key) ?? differenceOf(data, a, b, config.train.seed)
        this.#differences.set(key, known)
        return known
      }),
    )
  }

  #write(name: string, content: string): void {
    writeWhole(path.join(this.folder, name), content)
  }
}

/** One row per image and repeat, in the order of the files. */
function predictionsCsv({ files, groups, labels, classes }: Dataset, { predictions }: Outcome): string {
  const rows = predictions
    .toSorted((a, b) => a.repeat - b.repeat || a.index - b.index)
    .map(({ index, fold, score, answer, repeat }) => [
      ...[files[index], groups[index], classes[labels[index]], fold, score, classes[answer], repeat],
    ])
  return csv(["file", "group", "label", "fold", "score", "answer", "repeat"], rows)
}

/** A line a contender; `settings` are those of the folds, in order. */
function comparisonCsv({ contenders }: Comparison): string {
  const figures = ["auc", "accuracy", "balancedAccuracy"] as const
  const names = ["auc", "accuracy", "balanced_accuracy"]
  const columns = names.flatMap((name) => [name, `${name}_low`, `${name}_high`])
  const rows = contenders.map((row) => [
    ...[row.id, row.title, row.kind],
    ...figures.flatMap((key) => [row[key].value ?? "", ...(row[key].interval ?? ["", ""])]),
    ...[row.meanFoldAuc ?? "", Number(row.seconds.toFixed(1))],
    row.choices.map(({ setting }) => settingText(setting) || "none").join("; "),
  ])
  return csv(["id", "title", "kind", ...columns, "mean_fold_auc", "seconds", "settings"], rows)
}
