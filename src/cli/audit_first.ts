import { audit } from "../audit/audit.ts"
import type { AuditFile } from "../audit/audit_file.ts"
import { type Finding, findings } from "../audit/findings.ts"
import type { DataSource } from "../run/data_source.ts"
import { auditAdvice } from "./audit_advice.ts"
import type { RunEvent } from "./train_events.ts"

/**
 * What makes a cross-validation's metrics wrong; the run itself names unreadable files and doubtful
 * groups.
 */
const KINDS: Finding["kind"][] = ["conflict", "ungrouped", "shortcut", "blank", "strays", "inverted"]
const STRICT_KINDS: Finding["kind"][] = [...KINDS, "groups"]

/**
 * Audits the folder that a run or a comparison will read, and tells its view what is wrong with it.
 *
 * @returns everything that was found, for the run folder
 * @throws with `strict` where something is, and where the folder cannot be used at all
 */
export async function auditFirst(
  source: Extract<DataSource, { kind: "folder" }>,
  view: { show(event: Extract<RunEvent, { type: "read" | "audit" }>): void },
  signal: AbortSignal,
): Promise<AuditFile> {
  const result = await audit(source.dir, {
    ...source,
    needsClasses: true,
    signal,
    onProgress: ({ what, done, total }) =>
      view.show({ type: "read", what: what === "read" ? "audit" : "compare", done, total }),
  })
  const all = findings(result)
  const advice = auditAdvice(source)
  const of = (kinds: Finding["kind"][]) => all.filter(({ kind, level }) => level === "problem" && kinds.includes(kind))
  const [problems, refused] = [of(KINDS), source.strict ? of(STRICT_KINDS) : []]
  if (refused.length > 0)
    throw new Error(
      `${source.dir}: --strict allows no problems, and the audit found these:\n` +
        `${refused.map(({ text }) => `  ${text}`).join("\n")}\n${advice}`,
    )
  if (problems.length > 0) view.show({ type: "audit", problems, advice })
  return { findings: all, advice, withoutBone: result.withoutBone }
}
