/** An evaluation for a page without images: names are hidden as on a run's pages. */
import path from "node:path"
import type { PairedModels } from "../eval/paired_models.ts"
import { HiddenNames } from "../report/hidden_names.ts"
import { dataNames, hideCommand, hideImages, hideRun, hideSubgroups, runNames } from "../report/hide.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import type { EvaluatedRun, ExternalEvaluation } from "./evaluate_runs.ts"
import type { Asked } from "./evaluation_files.ts"

export interface ShownEvaluation {
  result: ExternalEvaluation
  asked: Asked
  /** Which name stands for what; null if names are shown. */
  names: HiddenNames | null
}

/** @param key for the names of the images and of all runs */
export function hideEvaluation(result: ExternalEvaluation, asked: Asked, key: string): ShownEvaluation {
  const { data, classes, read, leftOut, gaps, sharedGroups, notDefined, runs, compared } = result
  const shown = shownRuns(runs)
  const known = [
    ...runs.map(({ run }) => runNames(run)),
    dataNames({ source: asked.source, data, classes, files: read.files, groups: read.groups }),
  ]
  const names = new HiddenNames(key, {
    // Of a stopped run, predictions.csv lacks some of the images that it was trained on.
    files: [
      ...known.flatMap(({ files }) => [...files]),
      ...runs.flatMap(({ run }) => [...readFileHashes(run.folder).keys()]),
    ],
    groups: known.flatMap(({ groups }) => [...groups]),
    classes: known.flatMap(({ classes }) => [...classes]),
    places: [...shown, ...known.flatMap(({ places }) => [...places])],
  })
  // Files and groups stay, for the hash of the data; nothing prints them.
  const { name, grouping, groupWarnings, table, skipped } = data
  const unprinted = { tree: undefined, beside: undefined }
  return {
    result: {
      ...result,
      data: { ...data, ...unprinted, ...names.all({ name, grouping, groupWarnings, table, skipped }) },
      ...names.all({ leftOut, gaps, sharedGroups, notDefined }),
      runs: runs.map((one) => ({
        ...one,
        name: shown.get(one.run.folder)!,
        run: hideRun({ ...one.run, config: { ...one.run.config, hidden: key } }, names),
        images: hideImages(one.images, names),
        further: { ...one.further, subgroups: hideSubgroups(one.further.subgroups, names) },
      })),
      compared: compared && hideCompared(compared, shown),
    },
    asked: { ...asked, command: hideCommand(asked.command), source: names.all(asked.source) },
    names,
  }
}

/** Each run's folder without those above it, with its place where two have one name. */
function shownRuns(runs: readonly EvaluatedRun[]): Map<string, string> {
  const all = runs.map(({ run }) => path.basename(path.resolve(run.folder)))
  const isTwice = (name: string) => all.indexOf(name) !== all.lastIndexOf(name)
  return new Map(runs.map(({ run }, k) => [run.folder, isTwice(all[k]) ? `${all[k]} (${k + 1})` : all[k]]))
}

/** Models have the folders of runs as names. */
function hideCompared(
  compared: Record<string, PairedModels>,
  shown: ReadonlyMap<string, string>,
): Record<string, PairedModels> {
  const hide = ({ models, pairs }: PairedModels): PairedModels => ({
    models: Object.fromEntries(Object.entries(models).map(([folder, metric]) => [shown.get(folder)!, metric])),
    pairs: pairs.map((pair) => ({ ...pair, a: shown.get(pair.a)!, b: shown.get(pair.b)! })),
  })
  return Object.fromEntries(Object.entries(compared).map(([key, models]) => [key, hide(models)]))
}
