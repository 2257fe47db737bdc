/** What a reader must know before the metrics: problems first. */
import { existsSync } from "node:fs"
import path from "node:path"
import { isBlankReason } from "../data/blank.ts"
import { isStrayReason, leftOutCounts } from "../data/left_out.ts"
import { tableProblems } from "../data/table_classes.ts"
import { plural } from "../text/plural.ts"
import { fixed, percent } from "../text/table.ts"
import { foldName } from "../train/fold_name.ts"
import { unchosenText } from "./design_text.ts"
import { aucOfRun, type RunFiles } from "./run_files.ts"

export interface Alert {
  level: "problem" | "note"
  text: string
}

/** Under so many groups an interval is wide, and a bootstrap's own error is not small. */
const FEW_GROUPS = 100

export function alerts(run: RunFiles): Alert[] {
  const all = [
    ...audited(run),
    ...unfinished(run),
    ...table(run),
    ...unchosen(run),
    ...incomplete(run),
    ...chance(run),
    ...mixed(run),
    ...images(run),
    ...few(run),
  ]
  return [...all.filter(({ level }) => level === "problem"), ...all.filter(({ level }) => level === "note")]
}

const problem = (text: string): Alert => ({ level: "problem", text })
const note = (text: string): Alert => ({ level: "note", text })

function audited({ audit, config }: RunFiles): Alert[] {
  if (!audit) {
    if (config.source.kind === "phantom") return []
    return [
      ...(config.data.groupWarnings ?? []).map(problem),
      note(`The images were not audited: npx cnn audit ${config.source.dir} looks for copies and shortcuts.`),
    ]
  }
  const found = audit.findings.map(({ level, text }) => ({ level, text: `Audit of the images: ${text}` }))
  return found.some(({ level }) => level === "problem") ? [...found, note(audit.advice)] : found
}

function table({ config, audit }: RunFiles): Alert[] {
  // An audit with the table has found the same.
  const isTold = audit?.findings.some(({ kind }) => kind === "labels")
  return config.data.table && !isTold ? tableProblems(config.data.table).map(problem) : []
}

function unchosen({ evaluation }: RunFiles): Alert[] {
  const text = unchosenText(evaluation.folds)
  return text === undefined ? [] : [note(text)]
}

function unfinished({ summary }: RunFiles): Alert[] {
  if (summary.complete) return []
  const { folds, foldCount } = summary
  return [problem(`The run was stopped after ${folds.length} of ${foldCount} folds; the figures are of those alone.`)]
}

function incomplete({ folder, summary }: RunFiles): Alert[] {
  const names = summary.folds.map((fold) => `${foldName(fold)}.safetensors`)
  const missing = names.filter((name) => !existsSync(path.join(folder, name)))
  return missing.length > 0 ? [problem(`Weights are missing in its folder: ${missing.join(", ")}.`)] : []
}

function chance(run: RunFiles): Alert[] {
  const { evaluation, audit } = run
  const { pooled } = evaluation
  const figures = "atHalf" in pooled ? pooled.atHalf : pooled.figures
  const auc = aucOfRun(run)
  const [accuracy, majority] = [figures.accuracy.value, pooled.majority.figures.accuracy]
  const alerts: Alert[] = []
  if (accuracy !== null && majority !== null && accuracy <= majority)
    alerts.push(problem(`The networks do no better than always answering “${pooled.majority.answer}”.`))
  if (auc.interval && auc.interval[0] <= 0.5)
    alerts.push(problem("The AUC’s interval reaches 0.5: nothing shows that the networks see more than chance."))
  const best = audit?.withoutBone?.[0]
  const isColumn = best?.name.startsWith("column ")
  const repeated = isColumn ? " If that column repeats the label, remove it from the table." : ""
  // At 0.5 it tells nothing either, and the networks' own interval says what is wrong.
  if (auc.value !== null && best?.auc.value && best.auc.value > 0.5 && auc.value <= best.auc.value)
    alerts.push(
      problem(
        `The networks rank no better than the ${best.name} alone, in which no fracture can be seen: ` +
          `AUC ${fixed(auc.value)}, without looking at the bone ${fixed(best.auc.value)}.${repeated}`,
      ),
    )
  return alerts
}

function mixed({ images }: RunFiles): Alert[] {
  const labels = new Map<string, Set<number>>()
  for (const { group, label } of images) labels.set(group, (labels.get(group) ?? new Set()).add(label))
  const count = [...labels.values()].filter(({ size }) => size > 1).length
  if (count === 0) return []
  return [
    note(
      `${plural(count, "group")} with images of more than one class: right for a patient who has both, else a label is wrong.`,
    ),
  ]
}

function images({ config }: RunFiles): Alert[] {
  const { source, data } = config
  if (source.kind === "phantom") return [note("The images are drawn: the figures say nothing about real radiographs.")]
  const { skipped } = data
  if (skipped.length === 0) return []
  const share = ({ length }: typeof skipped) => percent(length / (skipped.length + data.images))
  const blank = skipped.filter(({ reason }) => isBlankReason(reason))
  const strays = skipped.filter(({ reason }) => isStrayReason(reason))
  const others = skipped.filter(({ reason }) => !isBlankReason(reason) && !isStrayReason(reason))
  return [
    ...(blank.length > 0
      ? [
          problem(
            `${plural(blank.length, "image")} (${share(blank)}) showed nothing and were left out; config.json names them.`,
          ),
        ]
      : []),
    ...(strays.length > 0
      ? [note(`No films, and left out: ${leftOutCounts(strays)} (${share(strays)}); config.json names them.`)]
      : []),
    ...(others.length > 0
      ? [
          note(
            `${plural(others.length, "file")} (${share(others)}) could not be used: ${leftOutCounts(others)}; config.json names them.`,
          ),
        ]
      : []),
  ]
}

function few({ evaluation }: RunFiles): Alert[] {
  const { groups } = evaluation.pooled
  return groups < FEW_GROUPS ? [note(`There are ${groups} groups only: the intervals are wide and rough.`)] : []
}
