/** An audit for people who read a terminal. */
import type { Audit } from "../audit/audit.ts"
import { type Finding, findings } from "../audit/findings.ts"
import { treeText } from "../data/class_tree.ts"
import { fixed, table, whole } from "../text/table.ts"

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
