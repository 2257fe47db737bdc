/** audit.json of a run folder: what was found about its images before they were trained on. */
import { type InferOutput, list, nullable, number, object, oneOf, optional, pair, text } from "../files/schema.ts"
import { FINDINGS } from "./findings.ts"

export const auditSchema = object({
  findings: list(object({ kind: oneOf(FINDINGS), level: oneOf(["problem", "note"]), text })),
  /** What to do about the problems. */
  advice: text,
  /** See `withoutBone`; absent in runs of older versions. */
  withoutBone: optional(
    list(
      object({ name: text, auc: object({ value: nullable(number), interval: nullable(pair), why: optional(text) }) }),
    ),
  ),
})

export type AuditFile = InferOutput<typeof auditSchema>
