/** An audit for people who read a terminal. */
import type { Audit } from "../audit/audit.ts"
import { type Finding, findings } from "../audit/findings.ts"
import type { RunDoubts } from "../audit/run_doubts.ts"
import { treeText } from "../data/class_tree.ts"
import { plural } from "../text/plural.ts"
import { fixed, percent, table, whole } from "../text/table.ts"
import { metricText } from "./metric_text.ts"

/** Doubtful labels that are shown; audit.json has all. */
const DOUBTS = 20

export function auditText(audit: Audit): string[] {
  const { files, classes, labels, grouping } = audit
  const counts = classes.map((name, label) => `${whole(labels.filter((one) => one === label).length)} ${name}`)
  return [
    `${audit.dir}: ${whole(files.length)} images${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`,
    ...treeText(audit.tree),
    grouping,
    "",
    ...findingsText(findings(audit)),
    ...(audit.shortcuts.length > 0 ? ["", ...shortcutsText(audit)] : []),
    ...(audit.withoutBone.length > 0 ? ["", ...withoutBoneText(audit)] : []),
    ...(audit.doubt ? ["", ...doubtText(audit.doubt)] : []),
  ]
}

/** A line each, problems marked. */
function findingsText(all: readonly Finding[]): string[] {
  if (all.length === 0) return ["Nothing to object to."]
  return all.map(({ level, text }) => `${level === "problem" ? "Problem" : "Note   "}  ${text}`)
}

function shortcutsText({ shortcuts }: Audit): string[] {
  return [
    ...table([
      ["AUC from this property alone", "class", "AUC", "±", ""],
      ...shortcuts.map(({ name, of, auc, standardError, telling }) => [
        ...[name, of, fixed(auc, 2), fixed(standardError, 2), telling ? "!" : ""],
      ]),
    ]),
  ]
}

function withoutBoneText({ withoutBone, classes }: Audit): string[] {
  return table([
    ["without looking at the bone", `${classes.length > 2 ? "mean " : ""}AUC (95 % interval)`],
    ...withoutBone.map(({ name, auc }) => [name, metricText("auc", auc)]),
  ])
}

function doubtText({ run, doubts, missing, changed, unknown }: RunDoubts): string[] {
  const rows = doubts
    .slice(0, DOUBTS)
    .map(({ file, label, answer, confidence }) => [file, label, answer, percent(confidence)])
  const rest = doubts.length - rows.length
  return [
    `${run} contradicts ${plural(doubts.length, "label")}, each by a network that was not trained on the image.`,
    ...(rows.length > 0 ? table([["image", "given", "predicted", "probability"], ...rows], "lllr") : []),
    ...(rest > 0 ? [`and ${whole(rest)} more in audit.json`] : []),
    ...listed(missing, "of the run not there any more"),
    ...listed(changed, "changed since the run"),
    ...listed(unknown, "without a prediction of the run"),
  ]
}

/** Names in a line. */
const NAMED = 5

function listed(files: readonly string[], what: string): string[] {
  if (files.length === 0) return []
  const more = files.length > NAMED ? ` and ${whole(files.length - NAMED)} more` : ""
  return [`${plural(files.length, "image")} ${what}: ${files.slice(0, NAMED).join(", ")}${more}`]
}
