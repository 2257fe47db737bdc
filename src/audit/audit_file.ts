/** audit.json of a run folder: what was found about its images before they were trained on. */
import type { Finding } from "./findings.ts"

export interface AuditFile {
  findings: Finding[]
  /** What to do about the problems. */
  advice: string
}
